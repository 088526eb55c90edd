package module_test

import (
	"fmt"
	"log"
	"os"

	"github.com/httsleep/httsleep/evaluator/wasm/module"
)

func ExampleDecode() {
	binary, err := os.ReadFile("../../../plugins/examples/wat-status/check.wasm")
	if err != nil {
		log.Fatal(err)
	}
	m, err := module.Decode(binary, module.Caps{})
	if err != nil {
		log.Fatal(err)
	}
	for _, im := range m.Imports {
		fmt.Println("import", im.Module, im.Name, im.Type)
	}
	for _, e := range m.Exports {
		fmt.Println("export", e.Name, e.Kind)
	}
	_, err = module.Decode(binary, module.Caps{BodyBytes: 50})
	fmt.Println(err)
	// Output:
	// import httsleep jsonpath (i32, i32, i32, i32) -> i32
	// import httsleep reason (i32, i32) -> ()
	// export memory memory
	// export evaluate func
	// function 2 has 81 body bytes, at most 50 are admitted
}

func ExampleModule_Meter() {
	binary, err := os.ReadFile("../../../plugins/examples/wat-status/check.wasm")
	if err != nil {
		log.Fatal(err)
	}
	m, err := module.Decode(binary, module.Caps{})
	if err != nil {
		log.Fatal(err)
	}
	metered, err := m.Meter()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(metered) > len(binary))
	_, err = module.Decode(metered, module.Caps{})
	fmt.Println(err)
	// Output:
	// true
	// at byte 0x5d: the import module "httsleep.meter" is reserved
}
