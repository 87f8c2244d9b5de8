package account

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/domain/organization"
)

// Invitation is what is personal about an invitation: whom it is for. Whether it is still open the log knows.
type Invitation struct {
	ID           string
	Organization string
	Email        string
	TokenHash    string
	ExpiresAt    time.Time
}

// Invite keeps whom an invitation is for. It comes before the event, as an account does.
func (s *Accounts) Invite(ctx context.Context, i Invitation) error {
	email, err := normalize(i.Email)
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, `INSERT INTO invitation (token_hash, invitation_id, organization_id, email, expires_at)
		VALUES ($1, $2, $3, $4, $5)`, i.TokenHash, i.ID, i.Organization, email, i.ExpiresAt)
	if err != nil {
		return fmt.Errorf("store whom invitation %s is for: %w", i.ID, err)
	}
	return nil
}

const invitationColumns = `invitation_id, organization_id, email, token_hash, expires_at`

// InvitationByHash returns the invitation that a token opens, given its SHA-256 (hex), or the refusal of
// organization.InvitationEnded.
func (s *Accounts) InvitationByHash(ctx context.Context, hash string) (Invitation, error) {
	found, err := s.invitations(ctx, `WHERE token_hash = $1`, hash)
	if err == nil && len(found) == 0 {
		return Invitation{}, organization.InvitationEnded()
	}
	if err != nil {
		return Invitation{}, err
	}
	return found[0], nil
}

// InvitedEmails returns whom some invitations are for, by invitation id.
func (s *Accounts) InvitedEmails(ctx context.Context, ids []string) (map[string]string, error) {
	found, err := s.invitations(ctx, `WHERE invitation_id = ANY($1)`, ids)
	out := make(map[string]string, len(found))
	for _, i := range found {
		out[i.ID] = i.Email
	}
	return out, err
}

// OverdueInvitations returns those whose time was over at a time, and that were not forgotten yet; at most 100.
func (s *Accounts) OverdueInvitations(ctx context.Context, at time.Time) ([]Invitation, error) {
	return s.invitations(ctx, `WHERE expires_at <= $1 ORDER BY expires_at LIMIT 100`, at)
}

// ForgetInvitation erases whom an invitation was for.
func (s *Accounts) ForgetInvitation(ctx context.Context, id string) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM invitation WHERE invitation_id = $1`, id); err != nil {
		return fmt.Errorf("forget whom invitation %s is for: %w", id, err)
	}
	return nil
}

// ForgetInvitationToken erases what was kept for one token.
func (s *Accounts) ForgetInvitationToken(ctx context.Context, hash string) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM invitation WHERE token_hash = $1`, hash); err != nil {
		return fmt.Errorf("forget an invitation's token: %w", err)
	}
	return nil
}

func (s *Accounts) invitations(ctx context.Context, where string, arg any) ([]Invitation, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+invitationColumns+` FROM invitation `+where, arg)
	if err != nil {
		return nil, fmt.Errorf("look up invitations: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Invitation])
	if err != nil {
		return nil, fmt.Errorf("look up invitations: %w", err)
	}
	return found, nil
}

// Exists reports whether there is an account with this e-mail.
func (s *Accounts) Exists(ctx context.Context, email string) (bool, error) {
	var there bool
	err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM account WHERE email = lower($1))`, email).Scan(&there)
	if err != nil {
		return false, fmt.Errorf("look up an account: %w", err)
	}
	return there, nil
}
