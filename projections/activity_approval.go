package projections

import (
	"fmt"

	"github.com/syntra-dev/syntra/domain/approval"
)

func approvalStories() []Handler {
	return []Handler{
		tell(func(s *story, f approval.Requested) string {
			s.callOf(f.Subject.ServiceID, f.ApprovalID, f.Title)
			return fmt.Sprintf("A decision was asked for: %s.", f.Title)
		}),
		tell(func(s *story, _ approval.Approved) string { return fmt.Sprintf("Approved: %s.", s.subject()) }),
		tell(func(s *story, f approval.Rejected) string {
			return fmt.Sprintf("Rejected: %s%s.", s.subject(), because(f.Reason))
		}),
		tell(func(s *story, _ approval.Expired) string {
			return fmt.Sprintf("Nobody decided in time: %s.", s.subject())
		}),
		tell(func(s *story, f approval.Voided) string {
			return fmt.Sprintf("Void: %s%s.", s.subject(), because(f.Reason))
		}),
		tell(func(s *story, _ approval.Used) string { return fmt.Sprintf("Begun as approved: %s.", s.subject()) }),
	}
}
