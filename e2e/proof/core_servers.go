package proof

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/syntra-dev/syntra/e2e/harness"
	"github.com/syntra-dev/syntra/projections"
)

// enough is how many requests a load makes before, and again after, something happens to what serves it.
const enough = 300

// loseServer runs a service on two servers, which are network namespaces, and takes the power of one under load: no
// request through the other may fail, before or after the control plane notices. It has a platform of its own, whose
// agents are on its network. Where no network can be made it does nothing, unless SYNTRA_REQUIRE_NETWORK says that one can.
func (f *CoreFigures) loseServer(ctx context.Context, dir string) error {
	if err := harness.CanNetwork(); err != nil {
		f.NoNetwork = err
		if os.Getenv("SYNTRA_REQUIRE_NETWORK") != "" {
			return err
		}
		return nil
	}
	network, err := harness.NewNetwork()
	if err != nil {
		return err
	}
	defer network.Remove()
	dir = filepath.Join(dir, "servers-"+strconv.Itoa(f.Rounds+1))
	p, err := harness.Start(ctx, harness.Options{
		DataDir: dir,
		Args:    append(slices.Clone(CoreArgs), "--listen", network.Gateway()+":0", "--runtime", "process"),
	})
	if err != nil {
		return err
	}
	defer p.Clean()
	lost, stays, host, err := onTwoServers(ctx, p, network)
	if err != nil {
		return err
	}
	load := stays.StartLoad(host, "/", 2, 5*time.Minute)
	err = loseUnder(ctx, p, lost, load)
	report := load.Stop()
	f.ServersLost++
	f.Served += int(report.Requests)
	for range report.Failed {
		f.wrong(&f.Failed, errors.New("a request through the server that stays failed: "+report.First))
	}
	return err
}

// onTwoServers deploys a service and places it on two machines, which join as servers.
func onTwoServers(
	ctx context.Context, p *harness.Platform, network *harness.Network,
) (one, two *harness.Machine, host string, err error) {
	machines := make([]*harness.Machine, 2)
	for i := range machines {
		name := fmt.Sprintf("box-%d", i+1)
		if machines[i], err = network.Machine(name); err != nil {
			return nil, nil, "", err
		}
		if err := machines[i].Join(ctx, p, filepath.Join(p.DataDir, name)); err != nil {
			return nil, nil, "", err
		}
	}
	one, two = machines[0], machines[1]
	source := harness.Source{Dir: filepath.Join(p.DataDir, "source"), Version: "both"}
	d, err := p.Deploy(ctx, source, "prove", "both", "--server", one.Name)
	if err != nil {
		return nil, nil, "", err
	}
	if _, err := p.Syn(ctx, "move", "prove/both", "--to", one.Name, "--to", two.Name); err != nil {
		return nil, nil, "", err
	}
	s, err := p.Service(ctx, d.ServiceID)
	return one, two, s.Host, err
}

// loseUnder takes a machine's power under load, and waits until the platform has noticed.
func loseUnder(ctx context.Context, p *harness.Platform, lost *harness.Machine, load *harness.Load) error {
	if err := more(ctx, load); err != nil {
		return err
	}
	if err := lost.Lose(); err != nil {
		return err
	}
	if err := more(ctx, load); err != nil {
		return err
	}
	for {
		shown, err := lost.Shown(ctx, p)
		if err == nil && shown.State == projections.ServerOffline {
			return more(ctx, load)
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("the platform does not notice that server %s is gone: %w", lost.Name, err)
		}
	}
}

// more waits for further requests of a load.
func more(ctx context.Context, load *harness.Load) error {
	for from := load.Requests(); load.Requests() < from+enough; {
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return fmt.Errorf("the load stands still: %w", err)
		}
	}
	return nil
}
