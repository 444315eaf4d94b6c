"""Bounces as the mail providers document them."""

# postmarkapp.com/developer/webhooks/bounce-webhook
POSTMARK = {
    "RecordType": "Bounce",
    "ID": 42,
    "Type": "HardBounce",
    "TypeCode": 1,
    "Name": "Hard bounce",
    "Tag": "Test",
    "MessageID": "00000000-0000-0000-0000-000000000000",
    "Metadata": {"a_key": "a_value"},
    "ServerID": 1234,
    "MessageStream": "outbound",
    "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
    "Details": "Test bounce details",
    "Email": "alice@example.com",
    "From": "sender@example.com",
    "BouncedAt": "2021-02-21T16:34:52Z",
    "DumpAvailable": True,
    "Inactive": True,
    "CanActivate": True,
    "Subject": "Test subject",
    "Content": "Test content",
}
# documentation.mailgun.com: Webhooks, permanent failure
MAILGUN = {
    "event": "failed",
    "id": "G9Bn5sl1TC6nu79C8C0bwg",
    "timestamp": 1521233195.375624,
    "log-level": "error",
    "severity": "permanent",
    "reason": "suppress-bounce",
    "delivery-status": {
        "attempt-no": 1,
        "message": "",
        "code": 605,
        "description": "Not delivering to previously bounced address",
        "session-seconds": 0.0,
    },
    "flags": {"is-routed": False, "is-authenticated": True, "is-system-test": False, "is-test-mode": False},
    "envelope": {"sender": "bob@example.com", "transport": "smtp", "targets": "alice@example.com"},
    "message": {"headers": {"to": "Alice <alice@example.com>", "message-id": "20130503192659.13651.20287@example.com"}},
    "recipient": "alice@example.com",
    "recipient-domain": "example.com",
    "tags": ["my_tag_1"],
    "user-variables": {},
}
# www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
SENDGRID = {
    "email": "alice@example.com",
    "timestamp": 1513299569,
    "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
    "event": "bounce",
    "category": "cat facts",
    "sg_event_id": "6g4ZI7SA-xmRDv57GoPIPw==",
    "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
    "reason": "500 unknown recipient",
    "status": "5.0.0",
    "type": "bounce",
}
# developers.brevo.com/docs/transactional-webhooks
BREVO = {
    "event": "hard_bounce",
    "email": "alice@example.com",
    "id": 26224,
    "date": "2020-10-09 00:00:00",
    "ts": 1604933619,
    "message-id": "201798300811.5787683@relay.domain.com",
    "ts_event": 1604933654,
    "subject": "My first Transactional",
    "sending_ip": "185.41.28.109",
    "reason": "server is down",
    "ts_epoch": 1604933653000,
    "tags": ["transac_messages"],
}
