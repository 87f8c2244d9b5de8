package workflows

// Versions of workflow code. A change that a running workflow would not replay goes behind workflow.GetVersion with a
// constant of this file, which says what changed and when the old branch may go; the histories in testdata hold the rest
// of the rule. None was needed yet.
