package hub

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/syntra-dev/syntra/domain"
)

func TestTicketsAreForOneReplicaOneTimeAndAMoment(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := newTurnstile("a")
	good := func(nonce string) ticket { return ticket{From: "b", To: "a", At: now, Nonce: nonce} }
	sealed := func(key []byte, tk ticket) string {
		raw, err := tk.signed(key)
		require.NoError(t, err)
		return raw
	}
	taken := sealed(s.key, good("taken"))
	_, err := s.check(taken, now)
	require.NoError(t, err)

	elsewhere, early, late, bare := good("1"), good("2"), good("3"), good("")
	elsewhere.To = "c"
	early.At, late.At = now.Add(ticketSkew+time.Second), now.Add(-ticketSkew-time.Second)
	payload, _, _ := strings.Cut(taken, ".")
	for name, raw := range map[string]string{
		"none":                   "",
		"no signature":           payload + ".",
		"another's signature":    payload + "." + strings.Split(sealed(s.key, good("x")), ".")[1],
		"another replica's key":  sealed(newTurnstile("a").key, good("4")),
		"for another replica":    sealed(s.key, elsewhere),
		"from the future":        sealed(s.key, early),
		"too old":                sealed(s.key, late),
		"without a nonce":        sealed(s.key, bare),
		"used before":            taken,
		"no base64":              "§.§",
		"with bytes at its end":  taken + "x",
		"an agent's token alone": "syj_abc",
	} {
		_, err := s.check(raw, now)
		require.Equal(t, domain.Unauthorized, domain.CodeOf(err), name)
	}
	_, err = s.check(sealed(s.key, good("fresh")), now)
	require.NoError(t, err)

	// What has expired needs no memory: its time refuses it.
	_, err = s.check(sealed(s.key, ticket{From: "b", To: "a", At: now.Add(2 * ticketSkew), Nonce: "n"}), now.Add(2*ticketSkew))
	require.NoError(t, err)
	require.Len(t, s.used, 1)
}

func TestTheInternalHandlerRefusesWhoHasNoTicket(t *testing.T) {
	t.Parallel()
	h := New(Options{Replica: "a"})
	r := httptest.NewRequest(http.MethodGet, RelayPath, nil)
	r.Header.Set("Authorization", "Bearer syn_whatever")
	w := httptest.NewRecorder()
	h.InternalHandler().ServeHTTP(w, r)
	require.Equal(t, http.StatusUnauthorized, w.Code)
	require.Contains(t, w.Body.String(), "bad_ticket")
}

func TestATicketForOneUploadOpensNoOther(t *testing.T) {
	t.Parallel()
	h := New(Options{Replica: "r1"})
	ask := func(digest []byte) int {
		signed, err := ticket{From: "r2", To: "r1", At: time.Now(), Nonce: rand.Text(), Digest: digest}.signed(h.turnstile.key)
		require.NoError(t, err)
		r := httptest.NewRequest(http.MethodGet, relayUploadPath+"org_a/upl_1", nil)
		r.Header.Set(ticketHeader, signed)
		w := httptest.NewRecorder()
		h.InternalHandler().ServeHTTP(w, r)
		return w.Code
	}
	require.Equal(t, http.StatusNotFound, ask(uploadDigest("org_a", "upl_1")), "it is a good ticket")
	require.Equal(t, http.StatusUnauthorized, ask(uploadDigest("org_a", "upl_2")))
	require.Equal(t, http.StatusUnauthorized, ask(uploadDigest("org_b", "upl_1")))
	require.Equal(t, http.StatusUnauthorized, ask(nil))
}
