package traffic_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/domain/traffic"
)

func TestTheLiveReleaseIsDerivedFromTheSplit(t *testing.T) {
	t.Parallel()
	for want, split := range map[string]traffic.Split{
		"":      nil,
		"rel_1": traffic.All("rel_1"),
		"rel_2": {{ReleaseID: "rel_1", Weight: 100}, {ReleaseID: "rel_2", Weight: 9900}},
		"rel_3": {{ReleaseID: "rel_3", Weight: 9900}, {ReleaseID: "rel_4", Weight: 100}},
		"later": {{ReleaseID: "rel_1", Weight: 5000}, {ReleaseID: "later", Weight: 5000}},
	} {
		require.Equal(t, want, split.Live())
	}
	require.Empty(t, traffic.All(""))
}

func TestASplitTellsWhatEachReleaseGets(t *testing.T) {
	t.Parallel()
	s := traffic.Split{{ReleaseID: "rel_1", Weight: 10_000}, {ReleaseID: "rel_2", Weight: 0}}
	require.Equal(t, []int{10_000, 0, 0}, []int{s.Weight("rel_1"), s.Weight("rel_2"), s.Weight("rel_3")})
	require.True(t, s.Has("rel_2"), "a release of weight 0 is in the split: it must keep running")
	require.False(t, s.Has("rel_3"))
	require.Equal(t, []string{"rel_1", "rel_2"}, s.Releases())
	require.Equal(t, []string{"rel_1"}, s.Leaving(traffic.All("rel_2")))
	require.Equal(t, []string{"rel_1", "rel_2"}, s.Leaving(nil))
	require.Empty(t, traffic.All("rel_2").Leaving(s))
	require.Equal(t, []string{"100%", "2.5%", "0%"}, []string{traffic.Percent(10_000), traffic.Percent(250), traffic.Percent(0)})
}

func TestSplitsAreTheSameByWhatEachReleaseGets(t *testing.T) {
	t.Parallel()
	split := func(one, two string, weight int) traffic.Split {
		return traffic.Split{{ReleaseID: one, Weight: weight}, {ReleaseID: two, Weight: traffic.Whole - weight}}
	}
	require.True(t, split("a", "b", 9000).Same(split("b", "a", 1000)))
	require.False(t, split("a", "b", 9000).Same(split("a", "b", 1000)))
	require.False(t, split("a", "b", 9000).Same(split("a", "c", 9000)))
	require.False(t, split("a", "b", 5000).Same(split("b", "a", 5000)), "another release is live")
	require.False(t, traffic.All("a").Same(split("a", "b", 10_000)))
	require.True(t, traffic.Split(nil).Same(traffic.Split{}))
}

func TestASplitThatDoesNotAddUpIsRefused(t *testing.T) {
	t.Parallel()
	var many traffic.Split
	for i := range traffic.MaxShares {
		many = append(many, traffic.Share{ReleaseID: "rel_" + strconv.Itoa(i), Weight: traffic.Whole / traffic.MaxShares})
	}
	require.NoError(t, many.Check())
	require.NoError(t, traffic.All("rel_1").Check())
	for message, split := range map[string]traffic.Split{
		"empty":          nil,
		"add up to 9999": {{ReleaseID: "a", Weight: 9999}},
		"twice":          {{ReleaseID: "a", Weight: 5000}, {ReleaseID: "a", Weight: 5000}},
		"weight -1":      {{ReleaseID: "a", Weight: 10_000}, {ReleaseID: "b", Weight: -1}},
		"weight 10001":   {{ReleaseID: "a", Weight: 10_001}},
		"names no":       {{Weight: 10_000}},
		"at most 16":     append(many, traffic.Share{ReleaseID: "one more"}),
	} {
		require.ErrorContains(t, split.Check(), message)
	}
}
