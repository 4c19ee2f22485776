# The terminal's own errors, as staff reads them beside their code (docs/errors.md).

errors-uk-staff-001 = Wrong name or password.
errors-uk-staff-002 = Locked for 15 minutes after five wrong tries.
errors-uk-staff-003 = The file of the staff's accounts can't be read; nobody can sign in. Call support.
errors-uk-staff-004 = The digits are wrong or were used already. Give the next ones.
errors-uk-staff-005 = Medical information is for staff registered as qualified who gave the second factor.
errors-uk-staff-006 = There is no consent, or the time in which it may be viewed has passed.
errors-uk-staff-007 = This account has been removed.
errors-uk-staff-013 = What is stored of this kind can't be read; the other kinds are shown. Look in the service's own portal.
errors-uk-visit-010 = This visit is already over.
errors-uk-visit-011 = Enter the name of the member of staff.
errors-uk-visit-012 = Visual confirmation is not set up.
errors-uk-visit-013 = Locked for 15 minutes after five wrong passcodes.
errors-uk-visit-014 = Wrong passcode. { $left } more and it is locked for 15 minutes.
errors-uk-visit-015 = This alert is gone already, or ends by itself.
errors-uk-visit-301 = The ledger takes nothing. Restart the terminal.
errors-uk-visit-501 = Something is missing or not in the right form.
errors-uk-visit-502 = This terminal confirms qualification only; it handles no medical information.
errors-uk-visit-503 = Not open. It can be used only when the central service has opened it for a disaster or an outage.
errors-uk-visit-504 = The central service did not accept it. Note its code for the help desk.
errors-uk-visit-505 = There is no such thing.
errors-uk-visit-506 = Medical assistance is not switched on in the service's settings.
errors-uk-visit-507 = Numbers of nobody gave a result. Check which service this is.
errors-uk-visit-523 = This call is settled already; what was entered now is not kept. Look at the list.
errors-uk-visit-526 = There is no use to report: this mode was not used since the last report.
errors-uk-visit-529 = The count of uses is damaged and can't be read. Count the searches in the audit chain, report them yourself, and tell the administrator.
