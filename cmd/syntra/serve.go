package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/dev/engines"
)

func serveCommand() *cobra.Command {
	var o platformOptions
	var admin string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the control plane; each engine whose URL is not given is embedded",
		Long: `At the first start it makes an organization and its owner (--admin-email) and writes the password and an API token to
first-login.txt in the data folder. Several replicas may share one database, Temporal, ClickHouse and key file.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Logger, o.Progress = newLogger(), cmd.ErrOrStderr()
			if err := checkProxies(o.TrustedProxies); err != nil {
				return err
			}
			dir, err := filepath.Abs(o.DataDir)
			if err != nil {
				return err
			}
			o.DataDir, o.EnginesDir = dir, engines.Dir(filepath.Join(dir, "engines"))
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return fmt.Errorf("%w: choose another folder with --data", err)
			}
			if o.KeyFile == "" {
				o.KeyFile = filepath.Join(dir, "master.key")
			}
			unlock, err := lockFolder(dir)
			if err != nil {
				return err
			}
			defer unlock()
			return runPlatform(cmd.Context(), o, func(ctx context.Context, p *platform) error {
				if err := firstLogin(ctx, p, dir, admin); err != nil {
					return err
				}
				<-ctx.Done()
				return nil
			})
		},
	}
	o.addFlags(cmd)
	o.Registry.addFlags(cmd)
	o.addPaceFlags(cmd)
	o.addNotifyFlags(cmd)
	host, _ := os.Hostname()
	f := cmd.Flags()
	f.StringVar(&o.DataDir, "data", "/var/lib/syntra", "folder of all state that is not in an outside engine")
	f.StringVar(&o.Listen, "listen", "127.0.0.1:7700", "where dashboard and API listen")
	f.StringVar(&o.PublicURL, "public-url", os.Getenv("SYNTRA_PUBLIC_URL"), "URL under which people and agents reach it (SYNTRA_PUBLIC_URL)")
	f.StringVar(&o.BaseDomain, "base-domain", "localhost", "what generated host names end in")
	f.StringVar(&o.Replica, "replica", host, "name of this replica, the same after a restart")
	f.StringVar(&o.InternalAddress, "internal-address", os.Getenv("SYNTRA_INTERNAL_ADDRESS"),
		"URL under which other replicas reach this one (SYNTRA_INTERNAL_ADDRESS; default: where it listens)")
	f.StringVar(&o.KeyFile, "key-file", os.Getenv("SYNTRA_MASTER_KEY_FILE"), "file of the key that encrypts secrets (SYNTRA_MASTER_KEY_FILE; default: master.key in the data folder)")
	f.DurationVar(&o.Retention, "log-retention", 30*24*time.Hour, "how long log lines are kept")
	f.IntVar(&o.TemporalUIPort, "temporal-ui-port", 7702, "port of the embedded Temporal's UI (0: any free, -1: none)")
	f.BoolVar(&o.SecureCookies, "secure-cookies", false, "browsers come over https only")
	f.StringSliceVar(&o.TrustedProxies, "trusted-proxy", nil, "address or network (CIDR) whose X-Forwarded-For is believed")
	f.StringVar(&admin, "admin-email", "admin@syntra.localhost", "login of the first owner")
	return cmd
}

func checkProxies(proxies []string) error {
	for _, p := range proxies {
		if _, err := netip.ParsePrefix(p); err == nil {
			continue
		}
		if _, err := netip.ParseAddr(p); err != nil {
			return fmt.Errorf("--trusted-proxy %q is neither an address nor a network: write it like 10.0.0.1 or 10.0.0.0/8", p)
		}
	}
	return nil
}

// firstLogin makes the first organization. Its credentials are on disk before they are valid, so that no crash loses them.
func firstLogin(ctx context.Context, p *platform, dir, email string) error {
	shown := filepath.Join(dir, "first-login.txt")
	if _, err := os.Stat(shown); err == nil {
		return nil
	}
	login, err := keptLogin(filepath.Join(dir, "first-login.json"), email)
	if err != nil {
		return err
	}
	first, err := p.accounts.Bootstrap(ctx, p.log, account.Setup{
		Slug: "main", Organization: "Main", Email: login.Email, Name: "Owner", Password: login.Password, Token: login.Token,
	})
	if err != nil {
		return err
	}
	if first.Email != login.Email {
		return nil // another replica was first: its login is the one
	}
	text := fmt.Sprintf("URL       %s\nLogin     %s\nPassword  %s\nToken     %s\n\nKeep them elsewhere and empty this file.\n", p.URL, login.Email, login.Password, login.Token)
	if err := os.WriteFile(shown+".tmp", []byte(text), 0o600); err != nil {
		return err
	}
	if err := os.Rename(shown+".tmp", shown); err != nil {
		return err
	}
	return os.Remove(filepath.Join(dir, "first-login.json"))
}

// lockFolder keeps two platforms from sharing a data folder.
func lockFolder(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("another Syntra runs on %s: end it, or choose another folder with --data", dir)
		}
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}
