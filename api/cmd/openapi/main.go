// Command openapi prints the API's description, for generators of clients: `go run ./api/cmd/openapi [-3.0]`.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/syntra-dev/syntra/api"
)

func main() {
	old := flag.Bool("3.0", false, "print OpenAPI 3.0.3 instead of 3.1")
	flag.Parse()
	a := api.New(api.Options{Version: "dev"})
	spec := a.Spec
	if *old {
		spec = a.Spec30
	}
	data, err := spec()
	if err == nil {
		_, err = fmt.Printf("%s\n", data)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}
