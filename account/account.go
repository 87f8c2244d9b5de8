// Package account keeps what is personal about users: name, e-mail and password. It stays outside the log, which is for
// ever, so that it can be erased. It also makes tokens, and the first organization of an installation.
package account

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/domain"
)

// Account is a person.
type Account struct {
	UserID string
	// Organization is the one used last: where a login leads.
	Organization string
	Email        string
	Name         string
}

// Accounts keeps them in Postgres.
type Accounts struct {
	pool *pgxpool.Pool
	// decoy is verified where there is no such account, so that the answer takes as long.
	decoy string
}

// New opens the accounts of a database.
func New(ctx context.Context, pool *pgxpool.Pool) (*Accounts, error) {
	decoy, err := hashPassword(ctx, NewToken("").Value)
	if err != nil {
		return nil, err
	}
	return &Accounts{pool: pool, decoy: decoy}, nil
}

// Create stores an account. An e-mail that is used is a Conflict.
func (s *Accounts) Create(ctx context.Context, a Account, password string) error {
	email, err := normalize(a.Email)
	if err != nil {
		return err
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, `INSERT INTO account (user_id, organization_id, email, name, password) VALUES ($1, $2, $3, $4, $5)`,
		a.UserID, a.Organization, email, a.Name, hash)
	var unique *pgconn.PgError
	if errors.As(err, &unique) && unique.Code == "23505" {
		return domain.Errorf(domain.Conflict, "there is an account with this e-mail already").WithReason("email_taken")
	}
	if err != nil {
		return fmt.Errorf("store the account of %s: %w", a.UserID, err)
	}
	return nil
}

// Verify returns the account whose e-mail and password these are. Whether the e-mail or the password is wrong cannot be
// told, neither from the answer nor from the time it takes.
func (s *Accounts) Verify(ctx context.Context, email, password string) (Account, error) {
	wrong := domain.Errorf(domain.Unauthorized, "e-mail or password is wrong").WithReason("bad_login")
	email, badEmail := normalize(email)
	var a Account
	stored := s.decoy
	if badEmail == nil {
		var hash string
		err := s.pool.QueryRow(ctx, `SELECT user_id, organization_id, email, name, password FROM account WHERE email = $1`, email).
			Scan(&a.UserID, &a.Organization, &a.Email, &a.Name, &hash)
		switch {
		case err == nil:
			stored = hash
		case !errors.Is(err, pgx.ErrNoRows):
			return Account{}, fmt.Errorf("look up an account: %w", err)
		}
	}
	if len(password) > MaxPassword {
		password, stored = password[:MaxPassword], s.decoy
	}
	ok, err := verifyPassword(ctx, stored, password)
	if err != nil {
		return Account{}, err
	}
	if !ok || a.UserID == "" {
		return Account{}, wrong
	}
	return a, nil
}

// Get returns a user's account.
func (s *Accounts) Get(ctx context.Context, userID string) (Account, error) {
	return s.lookUp(ctx, "user_id", userID)
}

// ByIDs returns the accounts of some users, by user id. One that does not exist is missing.
func (s *Accounts) ByIDs(ctx context.Context, userIDs []string) (map[string]Account, error) {
	rows, err := s.pool.Query(ctx, `SELECT user_id, organization_id, email, name FROM account WHERE user_id = ANY($1)`, userIDs)
	if err != nil {
		return nil, fmt.Errorf("look up accounts: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Account])
	if err != nil {
		return nil, fmt.Errorf("look up accounts: %w", err)
	}
	out := make(map[string]Account, len(found))
	for _, a := range found {
		out[a.UserID] = a
	}
	return out, nil
}

// ByEmail returns the account with this e-mail, for operators.
func (s *Accounts) ByEmail(ctx context.Context, email string) (Account, error) {
	email, err := normalize(email)
	if err != nil {
		return Account{}, err
	}
	return s.lookUp(ctx, "email", email)
}

func (s *Accounts) lookUp(ctx context.Context, column, value string) (Account, error) {
	var a Account
	err := s.pool.QueryRow(ctx, `SELECT user_id, organization_id, email, name FROM account WHERE `+column+` = $1`, value).
		Scan(&a.UserID, &a.Organization, &a.Email, &a.Name)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, domain.Errorf(domain.NotFound, "user %s does not exist", value)
	}
	if err != nil {
		return a, fmt.Errorf("look up the account of %s: %w", value, err)
	}
	return a, nil
}

// ChangePassword replaces it when the current one is right. Asked again after it was done, it is done.
func (s *Accounts) ChangePassword(ctx context.Context, userID, current, next string) error {
	if err := checkPassword(next); err != nil {
		return err
	}
	a, err := s.Get(ctx, userID)
	if err != nil {
		return err
	}
	if _, err := s.Verify(ctx, a.Email, current); err != nil {
		if _, done := s.Verify(ctx, a.Email, next); done == nil {
			return nil
		}
		return err
	}
	return s.SetPassword(ctx, userID, next)
}

// SetPassword replaces it without asking, for operators.
func (s *Accounts) SetPassword(ctx context.Context, userID, password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	tag, err := s.pool.Exec(ctx, `UPDATE account SET password = $2 WHERE user_id = $1`, userID, hash)
	if err != nil {
		return fmt.Errorf("store the password of %s: %w", userID, err)
	}
	if tag.RowsAffected() == 0 {
		return domain.Errorf(domain.NotFound, "user %s does not exist", userID)
	}
	return nil
}

// SetOrganization remembers the organization that a user has entered.
func (s *Accounts) SetOrganization(ctx context.Context, userID, organization string) error {
	if _, err := s.pool.Exec(ctx, `UPDATE account SET organization_id = $2 WHERE user_id = $1`, userID, organization); err != nil {
		return fmt.Errorf("remember the organization of %s: %w", userID, err)
	}
	return nil
}

// normalize returns the form under which an e-mail is unique.
func normalize(email string) (string, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > 254 {
		return "", domain.Errorf(domain.Invalid, "this is not an e-mail address: write it like ada@example.com").WithReason("bad_email")
	}
	return email, nil
}
