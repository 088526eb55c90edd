package walls

import "testing"

func TestNumbersOfWorkersFromTheMapOfUsers(t *testing.T) {
	for _, c := range []struct {
		name, idMap  string
		first, count uint32
	}{
		{"a machine", "         0          0 4294967295\n", firstFree, countFree},
		{"a container", "0 100000 65536\n", 49152, 16382},
		{"a container of two ranges", "0 1000 1\n1 100000 65536\n", 49153, 16382},
		{"one user", "0 1000 1\n", 0, 0},
		{"no map", "", 0, 0},
		{"no numbers", "a b c\n", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, count := rangeOf(c.idMap)
			if first != c.first || count != c.count {
				t.Errorf("got %d from %d, want %d from %d", count, first, c.count, c.first)
			}
			var u users
			u.fill(c.idMap)
			seen := map[int]bool{}
			for range 1000 {
				n := u.take()
				if c.count == 0 {
					if n != -1 {
						t.Fatalf("got number %d where there is none", n)
					}
					continue
				}
				if seen[n] || uint32(n) < first || uint32(n) >= first+count || n == 65534 {
					t.Fatalf("got number %d again, or outside of the range", n)
				}
				seen[n] = true
			}
		})
	}
}
