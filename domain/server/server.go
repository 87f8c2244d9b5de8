// Package server is a host with an agent: how it was enrolled, whether it is connected, whether it is still ours.
package server

import (
	"slices"

	"github.com/syntra-dev/syntra/domain"
)

// Stream names the server's stream.
func Stream(id string) string { return "server-" + id }

// Server is the state that decisions need.
type Server struct {
	ID       string
	Name     string
	Removed  bool
	Instance string // the agent installation this server is bound to; "" until the first connection
	// JoinHash is the SHA-256 of the join token; dead once Instance is bound.
	JoinHash string
	// CredentialHash and PreviousHash are the current and the last rotating credential: the agent may have lost
	// the answer that carried the current one.
	CredentialHash string
	PreviousHash   string
	BuildLimit     int
	Services       []string // ids of what is placed here, in that order
}

// Apply folds one event.
func (s *Server) Apply(e domain.Event) {
	switch e := e.(type) {
	case Registered:
		s.ID, s.Name, s.JoinHash, s.BuildLimit = e.ServerID, e.Name, e.JoinHash, e.BuildLimit
	case JoinTokenIssued:
		s.JoinHash, s.Instance, s.CredentialHash, s.PreviousHash = e.JoinHash, "", "", ""
	case Enrolled:
		s.Instance = e.Instance
	case CredentialRotated:
		s.PreviousHash, s.CredentialHash = s.CredentialHash, e.Hash
	case ServicePlaced:
		s.Services = append(s.Services, e.ServiceID)
	case ServiceUnplaced:
		s.Services = slices.DeleteFunc(s.Services, func(id string) bool { return id == e.ServiceID })
	case Removed:
		s.Removed = true
	}
}

// Register opens the server; its agent has not been seen yet.
func (s *Server) Register(serverID, name, joinPrefix, joinHash string) ([]domain.Event, error) {
	if s.ID != "" {
		return nil, domain.Errorf(domain.Conflict, "server %s exists already", serverID)
	}
	if err := domain.CheckSlug("server", name); err != nil {
		return nil, err
	}
	return []domain.Event{Registered{ServerID: serverID, Name: name, JoinPrefix: joinPrefix, JoinHash: joinHash, BuildLimit: DefaultBuildLimit}}, nil
}

// IssueJoinToken lets a new agent installation take this server over, and locks the old one out.
func (s *Server) IssueJoinToken(prefix, hash string) ([]domain.Event, error) {
	if err := s.mustExist(); err != nil {
		return nil, err
	}
	return []domain.Event{JoinTokenIssued{JoinPrefix: prefix, JoinHash: hash}}, nil
}

// Admit decides whether the agent installation that presents a credential hash may connect, binding the server to
// it at the first connection. A second installation with a used join token is refused.
func (s *Server) Admit(instance, hash string) ([]domain.Event, error) {
	if err := s.mustExist(); err != nil {
		return nil, err
	}
	if instance == "" || hash == "" {
		return nil, domain.Errorf(domain.Invalid, "the agent of server %q did not say which installation it is", s.Name)
	}
	rotated := s.CredentialHash != "" && (hash == s.CredentialHash || hash == s.PreviousHash)
	switch {
	case s.Instance == "" && hash == s.JoinHash:
		return []domain.Event{Enrolled{Instance: instance}}, nil
	case s.Instance == instance && (rotated || hash == s.JoinHash):
		// The join token stays good for the installation it enrolled: its first rotation may have been lost.
		return nil, nil
	case s.Instance != instance && (rotated || hash == s.JoinHash):
		return nil, domain.Errorf(domain.Conflict, "this agent token belongs to another installation of server %q: make a new token with `syn server token %s`", s.Name, s.Name).WithReason("token_in_use")
	}
	return nil, domain.Errorf(domain.Unauthorized, "the agent token of server %q is not valid any more: make a new one with `syn server token %s`", s.Name, s.Name).WithReason("bad_token")
}

// RotateCredential replaces the agent's credential.
func (s *Server) RotateCredential(hash string) ([]domain.Event, error) {
	if err := s.mustExist(); err != nil {
		return nil, err
	}
	return []domain.Event{CredentialRotated{Hash: hash}}, nil
}

// Remove takes the server out of the organization; its agent is refused from now on. One with services is refused.
func (s *Server) Remove() ([]domain.Event, error) {
	if err := s.mustExist(); err != nil {
		return nil, err
	}
	if n := len(s.Services); n > 0 {
		return nil, domain.Errorf(domain.Conflict, "%d services run on server %q: move or delete them first",
			n, s.Name).WithReason("server_in_use")
	}
	return []domain.Event{Removed{}}, nil
}

func (s *Server) mustExist() error {
	if s.ID == "" || s.Removed {
		return domain.Errorf(domain.NotFound, "server does not exist")
	}
	return nil
}
