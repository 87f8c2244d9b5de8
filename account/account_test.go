package account_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/catalog"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
)

const password = "correct horse battery staple"

func open(t *testing.T) (*account.Accounts, *pgxpool.Pool) {
	t.Helper()
	pool := postgrestest.New(t)
	accounts, err := account.New(context.Background(), pool)
	require.NoError(t, err)
	return accounts, pool
}

func TestAnAccountIsVerifiedByItsPasswordOnly(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	accounts, pool := open(t)
	ada := account.Account{UserID: "usr_ada", Organization: "org_acme", Email: "ada@example.com", Name: "Ada"}
	require.NoError(t, accounts.Create(ctx, account.Account{UserID: "usr_ada", Organization: "org_acme", Email: " Ada@Example.com ", Name: "Ada"}, password))

	for _, email := range []string{"ada@example.com", "ADA@example.com", "  ada@example.com"} {
		got, err := accounts.Verify(ctx, email, password)
		require.NoError(t, err, email)
		require.Equal(t, ada, got)
	}

	t.Run("what is wrong is not told", func(t *testing.T) {
		var answers []string
		for _, try := range [][2]string{
			{"ada@example.com", "wrong password"}, {"nobody@example.com", password}, {"not an address", password},
			{"ada@example.com", ""}, {"ada@example.com", strings.Repeat("x", 10_000)}, {"ada@example.com", password + " "},
		} {
			_, err := accounts.Verify(ctx, try[0], try[1])
			require.Equal(t, domain.Unauthorized, domain.CodeOf(err), "%q", try)
			answers = append(answers, err.Error())
		}
		for _, a := range answers {
			require.Equal(t, answers[0], a)
		}
	})
	t.Run("the password is kept as an argon2id hash", func(t *testing.T) {
		var stored string
		require.NoError(t, pool.QueryRow(ctx, `SELECT password FROM account`).Scan(&stored))
		require.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`, stored)
	})
	t.Run("an e-mail belongs to one account", func(t *testing.T) {
		err := accounts.Create(ctx, account.Account{UserID: "usr_eve", Organization: "org_acme", Email: "ada@EXAMPLE.com"}, password)
		require.Equal(t, domain.Conflict, domain.CodeOf(err))
	})
	t.Run("changing it needs the old one", func(t *testing.T) {
		require.Equal(t, domain.Unauthorized, domain.CodeOf(accounts.ChangePassword(ctx, "usr_ada", "wrong password", "another long one")))
		require.Equal(t, domain.Invalid, domain.CodeOf(accounts.ChangePassword(ctx, "usr_ada", password, "short")))
		require.NoError(t, accounts.ChangePassword(ctx, "usr_ada", password, "another long one"))
		_, err := accounts.Verify(ctx, "ada@example.com", "another long one")
		require.NoError(t, err)
		_, err = accounts.Verify(ctx, "ada@example.com", password)
		require.Error(t, err)
	})
}

func TestBadAccountsAreRefused(t *testing.T) {
	t.Parallel()
	accounts, _ := open(t)
	for _, c := range []struct{ email, password string }{
		{"", password}, {"ada", password}, {"Ada <ada@example.com>", password}, {"ada@example.com", "short"},
		{"ada@example.com", strings.Repeat("x", account.MaxPassword+1)},
	} {
		err := accounts.Create(context.Background(), account.Account{UserID: "usr_x", Email: c.email}, c.password)
		require.Equal(t, domain.Invalid, domain.CodeOf(err), "%q", c)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	a, b := account.NewToken(account.APIPrefix), account.NewToken(account.APIPrefix)
	require.NotEqual(t, a.Value, b.Value)
	require.Equal(t, account.Hash(a.Value), a.Hash)
	require.True(t, strings.HasPrefix(a.Value, a.Prefix) && len(a.Prefix) == 10)
	require.True(t, account.WellFormed(account.APIPrefix, a.Value))
	require.True(t, account.WellFormed(account.JoinPrefix, account.NewToken(account.JoinPrefix).Value))
	for _, no := range []string{"", "syn_", a.Value[:40], a.Value + "0", strings.ToUpper(a.Value), account.NewToken(account.JoinPrefix).Value} {
		require.False(t, account.WellFormed(account.APIPrefix, no), no)
	}
}

func TestTheLimiterSlowsGuessersDown(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	l := account.NewLimiter(func() time.Time { return now })
	fail := func(address, email string) time.Duration {
		wait, _ := l.Take(address, email)
		return wait
	}
	for range 5 {
		require.Zero(t, fail("1.1.1.1", "ada@example.com"))
	}
	require.Greater(t, fail("1.1.1.1", "ADA@example.com "), time.Duration(0), "the sixth try must wait, however the e-mail is written")
	require.Zero(t, fail("2.2.2.2", "ada@example.com"), "another address is not punished")
	require.Zero(t, fail("1.1.1.1", "bob@example.com"), "nor another account")
	now = now.Add(12 * time.Second)
	require.Zero(t, fail("1.1.1.1", "ada@example.com"), "one more try after a while")
	require.Greater(t, fail("1.1.1.1", "ada@example.com"), time.Duration(0))

	t.Run("one address over many accounts", func(t *testing.T) {
		waited := false
		for i := range 60 {
			waited = waited || fail("3.3.3.3", strings.Repeat("x", i+1)+"@example.com") > 0
		}
		require.True(t, waited)
	})
	t.Run("a success gives its try back", func(t *testing.T) {
		for range 200 {
			wait, refund := l.Take("4.4.4.4", "carol@example.com")
			require.Zero(t, wait)
			refund()
		}
	})
}

func TestBootstrapIsDoneOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	accounts, pool := open(t)
	store := postgres.New(pool, slog.New(slog.DiscardHandler))
	t.Cleanup(store.Close)
	log := &eventstore.Log{Store: store, Codec: eventstore.NewCodec(catalog.Events()...)}
	setup := account.Setup{
		Slug: "acme", Organization: "Acme", Email: "ada@example.com", Name: "Ada", Password: password,
		Token: account.NewToken(account.APIPrefix).Value,
	}

	var wg sync.WaitGroup
	made := make([]account.First, 8)
	for i := range made {
		wg.Go(func() {
			var err error
			made[i], err = accounts.Bootstrap(ctx, log, setup)
			if err != nil {
				t.Errorf("bootstrap: %v", err)
			}
		})
	}
	wg.Wait()
	fresh := 0
	for _, f := range made {
		require.Equal(t, made[0].UserID, f.UserID)
		require.Equal(t, made[0].Organization, f.Organization)
		if f.Fresh {
			fresh++
		}
	}
	require.Equal(t, 1, fresh)
	head, err := log.Head(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 4, head, "name, user, organization, token: one event each")

	owner, err := eventstore.Load[organization.Organization](ctx, log, organization.Stream(made[0].Organization))
	require.NoError(t, err)
	require.Equal(t, organization.Owner, owner.State.Members[made[0].UserID])
	person, err := eventstore.Load[user.User](ctx, log, user.Stream(made[0].UserID))
	require.NoError(t, err)
	require.Len(t, person.State.Tokens, 1)

	t.Run("a later start with other wishes changes nothing but adds its token", func(t *testing.T) {
		setup.Slug, setup.Email, setup.Password, setup.Token = "other", "other@example.com", "another long one", account.NewToken(account.APIPrefix).Value
		again, err := accounts.Bootstrap(ctx, log, setup)
		require.NoError(t, err)
		require.Equal(t, made[0].UserID, again.UserID)
		require.False(t, again.Fresh)
		_, err = accounts.Verify(ctx, "ada@example.com", password)
		require.NoError(t, err)
		head, err := log.Head(ctx)
		require.NoError(t, err)
		require.EqualValues(t, 5, head)
	})
}
