package torture

// numberScripts make numbers that are long.
func numberScripts() []script {
	return []script{
		{name: "2n to the power of 2^33", kinds: "compile", deadly: true, source: `2n ** (2n ** 33n)`},
		{name: "1n shifted by 1e11", kinds: "compile", deadly: true, source: `1n << 100000000000n`},
		{name: "a number shifted by 4e9", kinds: "memory", deadly: true, source: `let a = BigInt(response.status); return (a << 4000000000n) === 1n`},
		{name: "a power that is only known when it runs", kinds: "memory wall", deadly: true, source: `BigInt(response.status) ** (2n ** BigInt(response.status / 5))`},
		{name: "squares of squares", kinds: "wall", deadly: true, source: `let n = 3n; for (;;) n *= n; return n`},
		{name: "a factorial", kinds: "memory wall", source: `let n = 1n; for (let i = 1n; ; i++) n *= i; return n`},
		{name: "dividing long numbers", kinds: "compile wall", deadly: true, source: `let a = 3n ** 2000000n, b = 7n ** 300000n; for (;;) a = a / b * b + 1n; return a`},
		{name: "the text of a long number", kinds: "memory wall", deadly: true, source: `(3n ** 3000000n).toString().length === 1`},
		{name: "a long number from a text", kinds: "memory wall", deadly: true, source: `BigInt("9".repeat(4e6)) === 1n`},
		{name: "a number of 2^53 bits", kinds: "callback", source: `BigInt.asUintN(2 ** 53 - 1, -1n)`},
		{name: "a literal of 60,000 digits", kinds: "no_match", make: text("BigInt.asUintN(64, ", "7", 60_000, "n) === 1n")},
		{name: "a number from a text of 4e6 digits", kinds: "no_match memory wall", source: `Number("9".repeat(4e6)) === 1`},
		{name: "an integer from a text of 4e6 digits", kinds: "no_match memory wall", source: `parseInt("z".repeat(4e6), 36) === 1`},
		{name: "many digits of a number", kinds: "wall", source: `for (;;) (1e-300).toFixed(100) + (1.7e308).toString(3); return 1`},
	}
}
