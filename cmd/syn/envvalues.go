package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/joho/godotenv"
	"golang.org/x/term"

	"github.com/syntra-dev/syntra/domain/secret"
)

// readValues collects what `syn env set` was given: the variables of a .env file (- is standard input, "" none), and
// NAME=VALUE arguments, which win. A single NAME takes all of standard input.
func readValues(in *os.File, file string, args []string) (map[string]string, error) {
	values := map[string]string{}
	if file != "" {
		read, err := readDotenv(in, file)
		if err != nil {
			return nil, err
		}
		maps.Copy(values, read)
	}
	for _, arg := range args {
		name, value, given := strings.Cut(arg, "=")
		if !given {
			if len(args) > 1 || file == "-" {
				return nil, usageError{errors.New("standard input fills exactly one variable: `syn env set NAME < file`")}
			}
			var err error
			if value, err = readValue(in, name); err != nil {
				return nil, err
			}
		}
		values[name] = value
	}
	if len(values) == 0 {
		return nil, usageError{errors.New("nothing to set: give NAME=VALUE, a NAME with its value on standard input, or --file")}
	}
	for name, value := range values {
		if !utf8.ValidString(value) {
			return nil, usageError{fmt.Errorf("the value of %s is not UTF-8 text: encode it, such as with base64", name)}
		}
	}
	return values, nil
}

// readValue reads one value: all of a pipe or file, or a line that a person types and the terminal does not show.
func readValue(in *os.File, name string) (string, error) {
	if term.IsTerminal(int(in.Fd())) {
		fmt.Fprintf(os.Stderr, "%s: ", name)
		raw, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(os.Stderr)
		return string(raw), err
	}
	raw, err := io.ReadAll(io.LimitReader(in, secret.MaxValueSize+1))
	if err == nil && len(raw) > secret.MaxValueSize {
		err = secret.CheckValue(name, string(raw))
	}
	return string(raw), err
}

func readDotenv(in io.Reader, file string) (map[string]string, error) {
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, usageError{err}
		}
		defer f.Close()
		in = f
	}
	values, err := godotenv.Parse(bufio.NewReader(in))
	if err != nil {
		return nil, usageError{fmt.Errorf("%s is not a .env file: %w", file, err)}
	}
	return values, nil
}
