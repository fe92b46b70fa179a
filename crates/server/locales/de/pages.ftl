skip = Zum Inhalt springen
product = Ringback
nav-label = Seiten
nav-board = Board
sign-out = Abmelden
signed-in-as = Angemeldet als { $name }
preferences-label = Sprache und Darstellung
preferences-language = Sprache
preferences-theme = Darstellung
theme-system = System
theme-light = Hell
theme-dark = Dunkel
time-zone = Alle Zeiten: { $zone }

sign-in-title = Anmelden
sign-in-lead = Verpasste Anrufe, zurückgerufen.
sign-in-email = E-Mail-Adresse
sign-in-password = Passwort
sign-in-submit = Anmelden
sign-in-help = Noch kein Zugang oder das Passwort vergessen? Wer Ringback für Sie betreibt, kann ein neues setzen.
sign-in-incomplete = Bitte geben Sie Ihre E-Mail-Adresse und Ihr Passwort ein.
sign-in-wrong = E-Mail-Adresse oder Passwort stimmen nicht. Prüfen Sie beides, oder lassen Sie sich von Ihrem Betreiber ein neues Passwort geben.
sign-in-blocked =
    { $minutes ->
        [one] Zu viele Fehlversuche. Bitte warten Sie eine Minute und versuchen Sie es dann erneut.
       *[other] Zu viele Fehlversuche. Bitte warten Sie { $minutes } Minuten und versuchen Sie es dann erneut.
    }

error-not-found-title = Das gibt es hier nicht
error-not-found-next = Vielleicht wurde es gelöscht, oder die Adresse ist unvollständig. Auf dem Board sehen Sie, wer auf einen Rückruf wartet und wie viele Anfragen für Ihr Team offen sind.
error-internal-title = Das hat nicht geklappt
error-internal-next = Es ist nichts verloren gegangen. Bitte versuchen Sie es gleich noch einmal. Geschieht es wieder, nennen Sie Ihrem Betreiber diese Kennung:
error-foreign-title = Diese Anfrage kam von einer fremden Seite
error-foreign-next = Zu Ihrer Sicherheit wurde sie nicht ausgeführt. Öffnen Sie die Seite hier und versuchen Sie es erneut.
error-back = Zum Board
