package runtime_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/agent/runtime"
)

type named struct {
	runtime.Runtime
	name string
}

func (n named) Name() string { return n.name }

func TestChoose(t *testing.T) {
	t.Parallel()
	docker, process := named{name: "docker"}, named{name: "process"}
	both := []runtime.Runtime{process, docker}
	for name, c := range map[string]struct {
		file, dockerfile, asked string
		lacks                   bool // tools of the server
		available               []runtime.Runtime
		want, code              string
	}{
		"a Dockerfile goes to docker":                          {file: "Dockerfile", available: both, want: "docker"},
		"a Dockerfile by another name goes to docker":          {dockerfile: "deploy/Dockerfile", available: both, want: "docker"},
		"without a Dockerfile the host builds":                 {file: "go.mod", available: both, want: "process"},
		"a Dockerfile needs an engine":                         {file: "Dockerfile", available: []runtime.Runtime{process}, code: runtime.CodeNoRuntime},
		"it is a process where that is asked for":              {file: "Dockerfile", asked: "process", available: []runtime.Runtime{process}, want: "process"},
		"a named Dockerfile needs an engine":                   {dockerfile: "x.Dockerfile", available: []runtime.Runtime{process}, code: runtime.CodeNoRuntime},
		"what is asked for is taken":                           {file: "Dockerfile", asked: "process", available: both, want: "process"},
		"what is asked for but missing is refused":             {file: "Dockerfile", asked: "docker", available: []runtime.Runtime{process}, code: runtime.CodeNoRuntime},
		"an engine has tools that the server lacks":            {file: "go.mod", lacks: true, available: both, want: "docker"},
		"what lacks tools and an engine is a process's to say": {file: "go.mod", lacks: true, available: []runtime.Runtime{process}, want: "process"},
		"an engine alone builds what needs no Dockerfile":      {file: "go.mod", available: []runtime.Runtime{docker}, want: "docker"},
		"a server without any runtime takes nothing at all":    {file: "go.mod", code: runtime.CodeNoRuntime},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if c.file != "" {
				require.NoError(t, os.WriteFile(filepath.Join(dir, c.file), nil, 0o600))
			}
			got, err := runtime.Choose(runtime.Wanted{
				Dir:        dir,
				Dockerfile: c.dockerfile,
				Runtime:    c.asked,
				LacksTools: func() bool { return c.lacks },
			}, c.available)
			require.Equal(t, c.code, runtime.CodeOf(err), "%v", err)
			if c.want != "" {
				require.NoError(t, err)
				require.Equal(t, c.want, got.Name())
			}
		})
	}
}
