skip = Skip to the content
product = Ringback
nav-label = Pages
nav-board = Board
sign-out = Sign out
signed-in-as = Signed in as { $name }
preferences-label = Language and appearance
preferences-language = Language
preferences-theme = Appearance
theme-system = System
theme-light = Light
theme-dark = Dark
time-zone = All times: { $zone }

sign-in-title = Sign in
sign-in-lead = Missed calls, returned.
sign-in-email = E-mail address
sign-in-password = Password
sign-in-submit = Sign in
sign-in-help = No access yet, or the password is forgotten? Whoever runs Ringback for you can set a new one.
sign-in-incomplete = Please enter your e-mail address and your password.
sign-in-wrong = The e-mail address or the password is not right. Check both, or ask whoever runs Ringback for you for a new password.
sign-in-blocked =
    { $minutes ->
        [one] Too many failed tries. Please wait one minute and try again.
       *[other] Too many failed tries. Please wait { $minutes } minutes and try again.
    }

error-not-found-title = This is not here
error-not-found-next = It may have been deleted, or the address is incomplete. The board shows who waits for a call back, and how many requests are open for your staff.
error-internal-title = That did not work
error-internal-next = Nothing was lost. Please try again in a moment. If it happens again, tell whoever runs Ringback for you this reference:
error-foreign-title = This request came from another site
error-foreign-next = For your safety it was not carried out. Open the page here and try again.
error-back = To the board
