// Package traffic is how a service's requests are split between its releases. The same list goes from the log to the
// edge: events, read models, the wire and the agent's state all hold it.
package traffic

import (
	"fmt"
	"slices"

	"github.com/syntra-dev/syntra/domain"
)

// Whole is the weight of all of a service's traffic.
const Whole = 10_000

// MaxShares is how many releases can share a service's traffic.
const MaxShares = 16

// Share is the part of the traffic that one release gets.
type Share struct {
	ReleaseID string `json:"release_id"`
	Weight    int    `json:"weight"` // parts of Whole
}

// Split shares a service's traffic between releases. It is empty where nothing has traffic.
type Split []Share

// All returns the split that gives everything to one release; it is empty for "".
func All(releaseID string) Split {
	if releaseID == "" {
		return nil
	}
	return Split{{ReleaseID: releaseID, Weight: Whole}}
}

// Live returns the release with the most weight, of equals the later one in the list; "" for an empty split.
func (s Split) Live() string {
	best := Share{}
	for _, share := range s {
		if share.Weight >= best.Weight {
			best = share
		}
	}
	return best.ReleaseID
}

// Weight returns the weight of a release; 0 where it is not in the split.
func (s Split) Weight(releaseID string) int {
	for _, share := range s {
		if share.ReleaseID == releaseID {
			return share.Weight
		}
	}
	return 0
}

// Has reports whether a release is in the split, whatever its weight. Such a release must keep running.
func (s Split) Has(releaseID string) bool {
	return slices.ContainsFunc(s, func(share Share) bool { return share.ReleaseID == releaseID })
}

// Releases returns the ids of the releases in the split, in its order.
func (s Split) Releases() []string {
	ids := make([]string, 0, len(s))
	for _, share := range s {
		ids = append(ids, share.ReleaseID)
	}
	return ids
}

// Leaving returns the releases that are in this split and not in the next one, in order.
func (s Split) Leaving(next Split) []string {
	var ids []string
	for _, share := range s {
		if !next.Has(share.ReleaseID) {
			ids = append(ids, share.ReleaseID)
		}
	}
	return ids
}

// Same reports whether two splits give each release the same weight. The order of the shares decides only which of
// two equal shares is live, so it counts only there.
func (s Split) Same(other Split) bool {
	if len(s) != len(other) || s.Live() != other.Live() {
		return false
	}
	return !slices.ContainsFunc(s, func(share Share) bool {
		return !other.Has(share.ReleaseID) || other.Weight(share.ReleaseID) != share.Weight
	})
}

// Check returns what is wrong with a split that traffic is to follow.
func (s Split) Check() error {
	if len(s) == 0 {
		return domain.Errorf(domain.Invalid, "the traffic split is empty: name at least one release")
	}
	if len(s) > MaxShares {
		return domain.Errorf(domain.Invalid, "the traffic split names %d releases: use at most %d", len(s), MaxShares)
	}
	sum := 0
	for i, share := range s {
		switch {
		case share.ReleaseID == "":
			return domain.Errorf(domain.Invalid, "share %d of the traffic split names no release", i+1)
		case share.Weight < 0 || share.Weight > Whole:
			return domain.Errorf(domain.Invalid, "release %s: weight %d is not within 0 and %d", share.ReleaseID, share.Weight, Whole)
		case s[:i].Has(share.ReleaseID):
			return domain.Errorf(domain.Invalid, "release %s is in the traffic split twice", share.ReleaseID)
		}
		sum += share.Weight
	}
	if sum != Whole {
		return domain.Errorf(domain.Invalid, "the weights of the traffic split add up to %d: use parts of %d", sum, Whole)
	}
	return nil
}

// Percent returns a weight for a person: "90%", "2.5%".
func Percent(weight int) string {
	return fmt.Sprintf("%g%%", float64(weight)*100/Whole)
}
