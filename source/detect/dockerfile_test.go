package detect_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/source/detect"
)

// Run with SYNTRA_UPDATE=1 to write the files anew, and read what changed.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"node-express", "node-pnpm", "node-vite", "node-next", "node-pages", "python-django", "python-poetry", "go-root", "rust-one",
		"java-spring", "ruby-rails", "php-laravel", "dotnet-web", "elixir-phoenix", "deno-serve", "static-plain", "static-spa", "procfile",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := detect.Dockerfile(program(t, name, detect.Options{}))
			file := "testdata/dockerfiles/" + name + ".Dockerfile"
			if os.Getenv("SYNTRA_UPDATE") != "" {
				require.NoError(t, os.MkdirAll("testdata/dockerfiles", 0o755))
				require.NoError(t, os.WriteFile(file, []byte(made), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), made)
			require.NotContains(t, made, "\nUSER root")
			require.Contains(t, made, "\nUSER 1000:1000\n")
		})
	}
}
