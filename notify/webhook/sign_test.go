package webhook

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSignaturesAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	// The example of the libraries at https://github.com/standard-webhooks/standard-webhooks.
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	got, err := signature([]string{secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), `{"test": 2432232314}`)
	require.NoError(t, err)
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", got)

	other := NewSecret()
	require.Regexp(t, `^whsec_[A-Za-z0-9+/]{43}=$`, other)
	require.NotEqual(t, other, NewSecret())
	both, err := signature([]string{other, secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), `{"test": 2432232314}`)
	require.NoError(t, err)
	require.Contains(t, both, " "+got, "each secret signs")
	_, err = signature([]string{"whsec_%"}, "msg", time.Now(), "")
	require.ErrorContains(t, err, "rotate it")
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"120":                           2 * time.Minute,
		"-1":                            0,
		"soon":                          0,
		"99999999999999999999":          0,
		"Thu, 26 Nov 2026 12:01:00 GMT": time.Minute,
		"Thu, 26 Nov 2026 11:00:00 GMT": 0,
	} {
		require.Equal(t, want, retryAfter(value, now), value)
	}
}
