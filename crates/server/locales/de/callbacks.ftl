# Was bei einem Rückruf als Nächstes kommt, wie die API es sagt.
next-attempt = ein automatischer Anruf ist als Nächstes dran
next-attempt-runs = ein automatischer Anruf läuft
next-attempt-waits = ein automatischer Anruf, der noch wartet: { $because }
next-owner = wer den Rückruf übernommen hat, ruft an: bis { $due }
next-unassigned = jemand übernimmt ihn aus der Liste der nicht zugewiesenen; { $due } wird er nach oben gegeben
next-complete = gesprochen; noch abzuschließen
