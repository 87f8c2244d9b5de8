package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/reservation"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
)

// Setup is the first organization of an installation and its owner.
type Setup struct {
	Slug, Organization string // of the organization; its slug and its name for people
	Email, Name        string // of the owner
	Password           string
	// Token, where not empty, is an API token for the owner (NewToken(APIPrefix).Value). The caller keeps it in a file
	// before it calls: only its hash is stored here.
	Token string
}

// First is what Bootstrap made or found.
type First struct {
	UserID, Organization, Email string
	// Fresh is true where the account was made now: with Setup's password. An account that was there keeps its own.
	Fresh bool
	// Position at which the read models know all of it.
	Position eventstore.Position
}

// Bootstrap makes the first organization with its owner, once: called again, by any number of replicas, after a crash
// at any point, it completes or finds the same.
func (s *Accounts) Bootstrap(ctx context.Context, log *eventstore.Log, setup Setup) (First, error) {
	first, err := s.firstAccount(ctx, setup)
	if err != nil {
		return first, fmt.Errorf("set up the first organization: %w", err)
	}
	cmd := func(step string) eventstore.Command {
		return eventstore.Command{
			ID: "bootstrap/" + first.Organization + "/" + step, Organization: first.Organization, Actor: domain.System("bootstrap"),
		}
	}
	note := func(r eventstore.Result, err error) error {
		first.Position = max(first.Position, r.Position)
		return err
	}
	made, err := eventstore.Load[organization.Organization](ctx, log, organization.Stream(first.Organization))
	first.Position = made.Position
	if err == nil && made.State.ID == "" { // the organization comes last: it says that the others are there
		err = errors.Join(
			note(eventstore.Execute(ctx, log, reservation.Stream(reservation.OrganizationSlug, setup.Slug), cmd("slug"), func(r *reservation.Reservation) ([]domain.Event, error) {
				return r.Reserve(reservation.OrganizationSlug, setup.Slug, first.Organization)
			})),
			note(eventstore.Execute(ctx, log, user.Stream(first.UserID), cmd("user"), func(u *user.User) ([]domain.Event, error) {
				return u.Register(first.UserID)
			})),
			note(eventstore.Execute(ctx, log, organization.Stream(first.Organization), cmd("organization"), func(o *organization.Organization) ([]domain.Event, error) {
				return o.Create(first.Organization, setup.Slug, setup.Organization, first.UserID)
			})),
		)
	}
	if err == nil && setup.Token != "" {
		err = note(s.bootstrapToken(ctx, log, first, setup.Token, cmd))
	}
	if err != nil {
		return first, fmt.Errorf("set up the first organization: %w", err)
	}
	return first, nil
}

func (s *Accounts) bootstrapToken(ctx context.Context, log *eventstore.Log, first First, token string, cmd func(string) eventstore.Command) (eventstore.Result, error) {
	if !WellFormed(APIPrefix, token) {
		return eventstore.Result{}, domain.Errorf(domain.Invalid, "the first token is not one that NewToken made")
	}
	hash := Hash(token)
	issued := user.TokenIssued{
		TokenID: id.Derived(id.Token, hash), OrganizationID: first.Organization, UserID: first.UserID, Kind: user.APIToken,
		Name: "first", Prefix: token[:visible], Hash: hash, Role: organization.Owner,
	}
	return eventstore.Execute(ctx, log, user.Stream(first.UserID), cmd("token/"+hash), func(u *user.User) ([]domain.Event, error) {
		return u.IssueToken(issued)
	})
}

// firstAccount is the oldest one, made now where there is none. It comes before the events: what of those is missing
// after a crash is found out from it.
func (s *Accounts) firstAccount(ctx context.Context, setup Setup) (First, error) {
	var f First
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('syntra bootstrap', 0))`); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `SELECT user_id, organization_id, email FROM account ORDER BY created_at, user_id LIMIT 1`).Scan(&f.UserID, &f.Organization, &f.Email)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		email, err := normalize(setup.Email)
		if err != nil {
			return err
		}
		if err := checkPassword(setup.Password); err != nil {
			return err
		}
		hash, err := hashPassword(ctx, setup.Password)
		if err != nil {
			return err
		}
		f = First{UserID: id.New(id.User), Organization: id.New(id.Organization), Email: email, Fresh: true}
		_, err = tx.Exec(ctx, `INSERT INTO account (user_id, organization_id, email, name, password) VALUES ($1, $2, $3, $4, $5)`,
			f.UserID, f.Organization, email, setup.Name, hash)
		return err
	})
	return f, err
}
