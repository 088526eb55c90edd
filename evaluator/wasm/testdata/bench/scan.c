// Counts the letter e.
int scan(const unsigned char *p, int n) {
  int count = 0;
  for (int i = 0; i < n; i++) count += p[i] == 'e';
  return count;
}

// Does nothing but be called.
int evaluate(void) { return 1; }

static char memory[1 << 17];

// Where the host may write.
void *buffer(void) { return memory; }
