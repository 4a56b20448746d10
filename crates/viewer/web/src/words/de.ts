// The viewer's own words in German.

import type { Words } from './en.js';

const plural = (count: string, one: string, many: string) => `${count} ${count === '1' ? one : many}`;

export const de: Words = {
  title: 'Audit-Log',
  views: 'Ansichten',
  allEvents: 'Alle Ereignisse', accessChanges: 'Zugriffsänderungen', failedActions: 'Fehlgeschlagen', apiKeys: 'API-Schlüssel',
  billing: 'Abrechnung', newMembers: 'Neue Mitglieder', lastDay: 'Letzte 24 Stunden',

  filterBy: 'Filtern nach', filterOrRange: 'Filter oder Zeitraum', add: 'Hinzufügen',
  examples: 'ada@example.com, 203.0.113.7, letzte 7 Tage…', anything: 'Beliebig',
  notUnderstood: (text) => `„${text}“ ist keine E-Mail-Adresse, IP-Adresse, Aktion, Ereignis-ID und kein Zeitraum. Wählen Sie zuerst ein Feld.`,
  filters: 'Filter', removeFilter: 'Filter entfernen', removeAll: 'Alle Filter entfernen',
  fields: {
    actor: 'Akteur', action: 'Aktion', category: 'Kategorie', target: 'Ziel', result: 'Ergebnis', ip: 'Quell-IP',
    request_id: 'Anfrage-ID', not_actor: 'Akteur', not_action: 'Aktion', not_ip: 'Quell-IP', actor_type: 'Art des Akteurs',
  },
  is: 'ist', isNot: 'ist nicht',
  results: { succeeded: 'Erfolgreich', failed: 'Fehlgeschlagen' },
  actorTypes: { user: 'Person', api_key: 'API-Schlüssel', service: 'Dienst', system: 'System', anonymous: 'Nicht angemeldet' },

  timeRange: 'Zeitraum', anyTime: 'Gesamter Zeitraum', from: 'Von', to: 'Bis', apply: 'Anwenden',
  inWords: 'Zeitraum in Worten', rangeExamples: 'letzte 7 Tage, 2026-11-01..2026-11-08', rangeUnclear: 'Schreiben Sie zum Beispiel „letzte 7 Tage“ oder „2026-11-01..2026-11-08“.',
  presets: { '1h': 'Letzte Stunde', '24h': 'Letzte 24 Stunden', '7d': 'Letzte 7 Tage', '30d': 'Letzte 30 Tage', '90d': 'Letzte 90 Tage', '365d': 'Letzte 365 Tage' },
  lastOf: (count, unit) => `Letzte ${count} ${{ m: 'Minuten', h: 'Stunden', d: 'Tage', w: 'Wochen' }[unit] ?? unit}`,
  zone: 'Zeitzone', browser: 'Browser', allZones: 'Alle Zeitzonen', order: 'Reihenfolge', newest: 'Neueste zuerst', oldest: 'Älteste zuerst',

  events: (count) => plural(count, 'Ereignis', 'Ereignisse'),
  atLeast: (events) => `Mindestens ${events}`,
  failures: (count) => `${count} fehlgeschlagen`,
  loaded: (count) => `${plural(count, 'Ereignis', 'Ereignisse')} geladen`,
  now: 'jetzt', beginning: 'Beginn', complete: 'vollständig', searching: 'Suche läuft', reachedOf: (time) => `durchsucht zurück bis ${time}`,
  reachedOldest: (time) => `durchsucht bis ${time}`,
  stopped: 'angehalten', skipped: (count) => `${plural(count, 'gespeicherte Zeile', 'gespeicherte Zeilen')} nicht lesbar`,
  result: 'Ergebnis',

  statistics: 'Statistik', overTime: 'Ereignisse über die Zeit', showTable: 'Als Tabelle', showBars: 'Als Balken', count: 'Ereignisse', failed: 'Fehlgeschlagen', period: 'Zeitraum',
  barHint: 'Ziehen grenzt den Zeitraum ein. Pfeiltasten bewegen, Umschalt+Pfeil wählt aus, Eingabe grenzt ein.', zoomOut: 'Ganzen Zeitraum zeigen',
  counts: 'Zählungen', moreCounts: 'Zählungen zeigen', fewerCounts: 'Zählungen verbergen', noValue: 'ohne', others: (count) => plural(count, 'weiterer Wert', 'weitere Werte'),
  counting: 'Wird gezählt…', narrowCounts: 'Zählungen dieser Ansicht',

  table: 'Ereignisse', time: 'Zeit', event: 'Ereignis', action: 'Aktion', sourceIp: 'Quell-IP',
  openEvent: 'Ereignis öffnen', loadMore: 'Mehr laden', loadingMore: 'Lädt…', end: 'Keine älteren Ereignisse', endOldest: 'Keine neueren Ereignisse',
  showRun: (count) => `${count} Ereignisse zeigen`, hideRun: (count) => `${count} Ereignisse verbergen`,
  newEvents: (count) => plural(count, 'neues Ereignis', 'neue Ereignisse'),

  value: 'Wert', onlyThis: 'Nur dies', notThis: 'Nicht dies', showActor: 'Akteur zeigen', copy: 'Kopieren', copied: 'Kopiert', copyFailed: 'Der Browser hat das Kopieren nicht erlaubt',
  close: 'Schließen', previous: 'Voriges Ereignis', next: 'Nächstes Ereignis', around: 'Rund um dieses Ereignis', sameRequest: 'Selbe Anfrage', sameIp: 'Selbe IP',
  copyLink: 'Link kopieren', copyJson: 'JSON kopieren', copySentence: 'Satz kopieren', copyCurl: 'curl kopieren', copyView: 'Ansicht teilen',
  changes: 'Änderungen', field: 'Feld', old: 'Alt', new: 'Neu', notSet: 'nicht gesetzt', details: 'Einzelheiten', rawText: 'Rohtext', about: 'Über dieses Ereignis',
  occurred: 'Geschehen', ingested: 'Aufgezeichnet', userAgent: 'User-Agent', eventId: 'Ereignis-ID', reason: 'Grund', email: 'E-Mail', actorId: 'Akteur-ID', targetId: 'Ziel-ID',
  loading: 'Lädt', notFoundTitle: 'Kein solches Ereignis', notFound: 'Dieses Ereignis gibt es nicht, oder diese Sitzung darf es nicht lesen.',
  aroundHint: 'Alle Akteure, ohne Ihre Filter', minutes: (count) => `±${count} min`, back: 'Zurück zur Liste',
  actor: 'Akteur', firstSeen: 'Zuerst gesehen', lastSeen: 'Zuletzt gesehen', addresses: 'Adressen', actions: 'Aktionen', noEventsOf: 'Keine Ereignisse dieses Akteurs.', onlyFailures: 'Nur Fehlgeschlagene', allOfActor: 'Alle Ereignisse dieses Akteurs',

  nothingYet: 'Noch keine Ereignisse', nothingYetText: 'Ereignisse erscheinen hier, sobald jemand in Ihrer Organisation etwas tut.',
  noMatch: 'Keine Ereignisse passen', noMatchText: 'Der ganze Zeitraum wurde durchsucht; kein Ereignis erfüllt alle Filter.',
  stillSearching: 'Suche läuft', stillSearchingText: (time) => `Noch kein Treffer. Die Suche hat ${time} erreicht.`,
  ended: 'Sitzung beendet', endedText: 'Ihre Ansicht bleibt erhalten. Fahren Sie fort, um weiterzulesen.', continue: 'Fortfahren',
  unreachable: 'Server nicht erreichbar', unreachableText: 'Prüfen Sie Ihre Verbindung. Was geladen ist, bleibt lesbar.', tryAgain: 'Erneut versuchen',
  plan: 'Anderer Tarif nötig', planText: 'Audit-Logs gehören zum Enterprise-Tarif. Fragen Sie einen Inhaber Ihrer Organisation.',
  notAllowed: 'Nicht erlaubt', notAllowedText: 'Diese Sitzung darf dies nicht lesen.',
  invalid: 'Die Suche ist ungültig', problem: 'Etwas ist schiefgegangen',

  report: 'Nachweisbericht', print: 'Drucken', closeReport: 'Bericht schließen', reportOf: 'Organisation', reportFilter: 'Filter', reportRange: 'Zeitraum', reportZone: 'Zeitzone',
  reportCount: 'Anzahl', reportState: 'Vollständigkeit', reportRead: 'Gelesen von', reportMade: 'Bericht erstellt', whenMade: '(Zeitpunkt des Berichts)', noFilter: 'Kein Filter: alle Ereignisse', reportRows: (shown, total) => `Dieser Bericht listet ${shown} von ${total} Ereignissen.`,
  and: ' und ', or: ' oder ',
  keyboard: 'Tastatur',
  keys: [
    ['/', 'Filter oder Zeitraum schreiben'], ['↓ oder j, ↑ oder k', 'Nächste und vorige Zeile'], ['Eingabe', 'Ereignis öffnen'], ['n, p', 'Nächstes und voriges Ereignis, solange eines offen ist'],
    ['Esc', 'Schließen'], ['← →, Umschalt, Eingabe', 'In den Balken: bewegen, auswählen, eingrenzen'], ['?', 'Diese Tasten zeigen'],
  ],
};
