board-title = Board
board-as-of = Stand { $time }
board-live = Live
board-lost = Verbindung getrennt – Stand
board-refresh = Aktualisieren
board-no-script = Diese Seite lädt alle 15 Sekunden neu.
cards-label = Zahlen
more-than = > { $count }
show-all = Alle anzeigen

card-pending = Warten
card-on-hold = Zurück{ "\u00AD" }gestellt
card-insufficient-credits = Ohne Gut{ "\u00AD" }haben
card-processing = Wird an{ "\u00AD" }gerufen
card-unknown = Un{ "\u00AD" }geklärt
card-with-staff = Für Ihr Team
card-completed = Heute erreicht
card-failed = Heute ge{ "\u00AD" }scheitert

status-pending = Wartet
status-on-hold = Zurückgestellt
status-insufficient-credits = Ohne Guthaben
status-processing = Wird angerufen
status-unknown = Ungeklärt
status-completed = Erreicht
status-failed = Gescheitert
status-cancelled = Storniert

priority-high = Hoch
priority-low = Niedrig

missed-busy = besetzt
missed-no-answer = nicht angenommen
missed-network-error = Netzfehler
missed-at = verpasst { $at }
asked-for-at = erbeten { $at }

banner-dialing-paused = Der Betreiber hat alle automatischen Anrufe angehalten. Verpasste Anrufe werden weiter festgehalten.
banner-credits = Das Guthaben reicht nicht: { $balance } Credits, nötig sind mehr als { $minimum }. Automatische Rückrufe ruhen, bis Ihr Betreiber Credits gutschreibt, und laufen dann von selbst weiter.
banner-record-only = Automatische Rückrufe sind ausgeschaltet. Verpasste Anrufe werden für Ihr Team festgehalten.

phones-title = Anschlüsse
phones-empty = Noch ist kein Anschluss verbunden.
phones-empty-next = Legen Sie Ihre erste Nummer über die API an: POST /api/v1/phones.
phones-more =
    { $count ->
        [one] und ein weiterer Anschluss
       *[other] und { $shown } weitere Anschlüsse
    }
phone-occupancy = { $busy } von { $channels } belegt
phone-inactive = Ausgeschaltet: nimmt keine Anrufe an und führt keine
phone-paused = Keine automatischen Anrufe bis { $until }: { $because }
phone-agent-inactive = Der Sprachagent ist ausgeschaltet; Anrufe nimmt er hier weiter an
phone-record-only = Automatische Rückrufe sind für diesen Anschluss ausgeschaltet
phone-campaign = Kampagne „{ $name }“ läuft: verpasste Anrufe warten auf ihr Ende
phone-reserved =
    { $count ->
        [one] Ein Kanal bleibt für Anrufer frei
       *[other] { $count } Kanäle bleiben für Anrufer frei
    }
pause-breaker = zu viele Anfragen an den Anbieter sind gescheitert, zuletzt: { $because }
pause-pace = mehr Anfragen auf einmal erlaubt der Anbieter nicht, gleich geht es weiter
pause-throttled = der Anbieter bittet um langsamere Anfragen
pause-credentials = der Anbieter nimmt die Zugangsdaten nicht an
pause-funds = das Konto beim Anbieter ist nicht gedeckt
pause-proxy = der Proxy dieses Servers lässt die Anfrage nicht durch
pause-unreachable = der Anbieter ist nicht zu erreichen
pause-silent = der Anbieter antwortet nicht
pause-trouble = beim Anbieter ist etwas ausgefallen
pause-refused = der Anbieter lehnt die Anfragen ab
pause-no-stream = dem Anschluss fehlt die Adresse seines Sprachagenten
pause-unknown = der Grund ist nicht bekannt

channel-label = Kanal { $channel }
channel-free = frei
channels-more-free =
    { $count ->
        [one] und ein weiterer freier Kanal
       *[other] und { $count } weitere freie Kanäle
    }
channel-dialing = Wird gewählt
channel-ringing = Klingelt
channel-returned = Rückruf läuft
channel-inbound-ringing = Ruft an
channel-inbound = Gespräch, eingehend
channel-unknown = Ungeklärt: wir fragen den Anbieter
channel-ending = Wird beendet
channel-elsewhere = Jemand einer anderen Filiale
channel-withheld = Nummer unterdrückt

queue-title = Warteschlange
queue-empty = Niemand wartet.
queue-empty-next = Sobald ein Anruf verpasst wird, steht er hier und wird von selbst zurückgerufen, wenn ein Kanal frei ist.
queue-empty-filter = Niemand wartet in diesem Zustand.
queue-more =
    { $count ->
        [one] Dahinter wartet { $shown } weitere Person.
       *[other] Dahinter warten { $shown } weitere Personen.
    }
queue-missed = verpasst
queue-asked-for = erbeten
queue-via = über { $phone }
queue-later = später
cancel = Stornieren
cancel-whom = Rückruf an { $whom } stornieren
cancel-sure = Automatischen Rückruf an { $whom } stornieren? Die Anfrage bleibt für Ihr Team offen.

waiting-next = ist als Nächstes dran
waiting-channels-busy = alle Kanäle sind belegt
waiting-not-its-turn = andere sind vorher dran
waiting-not-before = gewünscht nicht vor { $at }
waiting-campaign = wartet auf Kampagne „{ $name }“
waiting-credits = Guthaben reicht nicht: { $available } frei, mehr als { $minimum } nötig
waiting-calling-hours = außerhalb der Anrufzeiten bis { $until }
waiting-caller-on-the-line = ruft gerade selbst an
waiting-person-calling = wird gerade aus dem Team angerufen
waiting-phone-paused = Anschluss pausiert bis { $until }: { $because }
waiting-phone-inactive = der Anschluss ist ausgeschaltet
waiting-dialing-paused = vom Betreiber angehalten
waiting-record-only = automatische Rückrufe sind ausgeschaltet
waiting-too-many-attempts =
    { $limit ->
        [one] in 24 Stunden ist nur ein Versuch erlaubt
       *[other] schon { $limit } Versuche in 24 Stunden
    }
waiting-no-call = möchte nicht angerufen werden
waiting-own-number = dort nimmt ein Sprachassistent ab: für Ihr Team
waiting-premium = Premiumnummer: für Ihr Team
waiting-shared-cost = Servicenummer mit geteilten Kosten: für Ihr Team
waiting-satellite = Satellitennummer: für Ihr Team
waiting-no-subscriber = kein Teilnehmeranschluss: für Ihr Team
waiting-no-country = Nummer ohne Land: für Ihr Team
waiting-country = Anrufe nach { $country } sind nicht erlaubt: für Ihr Team

outcomes-title = Letzte Ergebnisse
outcomes-empty = Noch ist nichts abgeschlossen.
outcomes-empty-next = Hier steht, was aus jedem Rückruf geworden ist.
outcomes-empty-filter = Heute keine.
outcome-reached = erreicht
outcome-machine = Mailbox hat abgenommen
outcome-short-talk = nur kurz gesprochen
outcome-busy = besetzt
outcome-no-answer = nicht abgenommen
outcome-failed = Anruf kam nicht zustande
outcome-refused = vom Anbieter abgelehnt
outcome-no-trace = dem Anbieter nicht bekannt
outcome-talked = { $time } min
outcome-ended = beendet
retry = Erneut
retry-whom = { $whom } erneut anrufen

said-cancelled = Storniert. Die Anfrage bleibt für Ihr Team offen.
said-too-late = Zu spät: der Rückruf läuft schon oder ist vorbei.
said-retried = Steht wieder in der Warteschlange.
said-not-failed = Nur gescheiterte Versuche lassen sich wiederholen.
said-another-open = Ein anderer Versuch für diese Person wartet oder läuft schon.
said-closed = Die Anfrage ist abgeschlossen. Öffnen Sie sie wieder, bevor Sie erneut anrufen.
said-phone-gone = Den Anschluss gibt es nicht mehr. Rufen Sie von einem anderen zurück.
said-unsent = Nicht ausgeführt: Es besteht keine Verbindung zum Server. Bitte versuchen Sie es noch einmal, sobald sie wieder da ist.
said-unanswered = Der Server hat nicht geantwortet. Bitte sehen Sie auf dem Board nach, ob es ausgeführt wurde, und versuchen Sie es sonst noch einmal.
said-refused = Nicht ausgeführt: Der Server hat es abgelehnt. Bitte laden Sie das Board neu und versuchen Sie es noch einmal.
said-close = Hinweis schließen

withheld-title = Ohne Nummer verpasst
withheld-why = Wer keine Nummer mitschickt, kann nicht zurückgerufen werden. Hier stehen die Anrufe der letzten 24 Stunden.

cancelled-by = von { $name } storniert
cancelled-by-program = über die API storniert
cancelled-got-through = kam selbst durch
cancelled-person-called = ein Mitarbeiter hat angerufen
cancelled-booked = hat inzwischen einen Termin
cancelled-reached = wurde inzwischen erreicht
cancelled-closed = die Anfrage wurde inzwischen geschlossen
cancelled-phone-deleted = der Anschluss wurde gelöscht
