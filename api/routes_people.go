package api

import "net/http"

func (a *API) organizationRoutes() {
	const tag = tagPeople
	route(a, op("listOrganizations", http.MethodGet, "/organizations", tag, "List organizations",
		"All organizations that one belongs to, by slug."), a.listOrganizations)
	route(a, op("switchOrganization", http.MethodPost, "/auth/organization", tag, "Switch the organization",
		"Ends the session, and starts one for another organization of one's own in the cookie."), a.switchOrganization)
	route(a, op("createOrganization", http.MethodPost, "/organizations", tag, "Make an organization",
		"Makes another organization, which one owns. What asks stays in the present one: switch, or let a token for the new one be made.",
		status(http.StatusCreated)), a.createOrganization)
	route(a, op("updateOrganization", http.MethodPatch, "/organization", tag, "Rename the organization",
		"Changes the name for people; the slug stays."), a.updateOrganization)
	route(a, op("leaveOrganization", http.MethodPost, "/organization/leave", tag, "Leave the organization",
		"Ends one's own membership with all sessions and tokens for it. Takes a session. The last owner stays.",
		status(http.StatusNoContent)), a.leaveOrganization)
	route(a, op("transferOwnership", http.MethodPost, "/organization/transfer", tag, "Hand the ownership over",
		"Makes another member owner, and oneself admin, in one step."), a.transferOwnership)
}

func (a *API) memberRoutes() {
	const tag = tagPeople
	route(a, op("listMembers", http.MethodGet, "/members", tag, "List members",
		"Who belongs to the organization, in which role."), a.listMembers)
	route(a, op("updateMember", http.MethodPatch, "/members/{id}", tag, "Change a member's role",
		"The id is the user's. Nobody gives or takes a role stronger than the own one, and the last owner stays."), a.updateMember)
	route(a, op("deleteMember", http.MethodDelete, "/members/{id}", tag, "Remove a member",
		"Ends a membership with its sessions and tokens. The last owner stays.", status(http.StatusNoContent)), a.deleteMember)
	route(a, op("setProjectMember", http.MethodPut, "/projects/{id}/members/{user}", tag, "Give a role in a project",
		"Gives a member a role in one project."), a.setProjectMember)
	route(a, op("deleteProjectMember", http.MethodDelete, "/projects/{id}/members/{user}", tag, "Take a role in a project",
		"Ends a member's role in one project.", status(http.StatusNoContent)), a.deleteProjectMember)
}

func (a *API) invitationRoutes() {
	const tag = tagPeople
	route(a, op("listInvitations", http.MethodGet, "/organization/invitations", tag, "List invitations",
		"Those that nobody has accepted yet, newest first."), a.listInvitations)
	route(a, op("createInvitation", http.MethodPost, "/organization/invitations", tag, "Invite somebody",
		"Makes a link by which one person can join within seven days. Nothing is mailed: send the link, which is in the answer, once.",
		status(http.StatusCreated)), a.createInvitation)
	route(a, op("deleteInvitation", http.MethodDelete, "/organization/invitations/{id}", tag, "Revoke an invitation",
		"Its link opens nothing any more.", status(http.StatusNoContent)), a.deleteInvitation)
	route(a, op("getInvitation", http.MethodGet, "/invitations/{token}", tag, "Show what an invitation offers",
		"For whoever has the link."), a.getInvitation)
	route(a, op("acceptInvitation", http.MethodPost, "/invitations/{token}/accept", tag, "Accept an invitation",
		"Joins the organization as the user who asks. What asks stays in the present one: switch, or let a token for the new one be made."),
		a.acceptInvitation)
	route(a, op("registerInvited", http.MethodPost, "/invitations/{token}/register", tag, "Accept an invitation with an account of its own",
		"For who is not logged in: makes an account for the invitation's e-mail, or takes the one that there is with its password; joins, and starts a session."),
		a.registerInvited)
}
