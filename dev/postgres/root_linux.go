package postgres

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
)

// nobody is the uid that root drops to where user namespaces are forbidden.
const nobody = 65534

// prepare sets what every PostgreSQL program needs: its libraries and, where we are root, another identity, because
// PostgreSQL refuses to run as root. In a user namespace of its own the server sees itself as uid 1000 while its files
// stay root's, wherever they are; without namespaces the data must belong to nobody and lie on a path nobody may walk.
func prepare(cmd *exec.Cmd, o Options) error {
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+filepath.Join(o.Native, "lib"), "TZ=UTC", "LC_ALL=C")
	if os.Geteuid() != 0 {
		return nil
	}
	if namespaces() {
		cmd.SysProcAttr = inNamespace()
		return nil
	}
	if err := filepath.Walk(o.DataDir, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody) //nolint:gosec // our own folder, before anything runs in it
	}); err != nil {
		return fmt.Errorf("postgres: give %s to uid %d (PostgreSQL does not run as root): %w", o.DataDir, nobody, err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return nil
}

func inNamespace() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: 0, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: 0, Size: 1}},
		// Mapping is not becoming: the credential makes the child the mapped user inside.
		Credential: &syscall.Credential{Uid: 1000, Gid: 1000, NoSetGroups: true},
	}
}

var namespaces = sync.OnceValue(func() bool {
	cmd := exec.Command("/bin/true")
	cmd.SysProcAttr = inNamespace()
	return cmd.Run() == nil
})
