"""notify.email against a real SMTP server: what arrives, and what a server that refuses leads to."""
import email
import email.policy
import threading
import unittest
import warnings

from kit import Case

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import asyncore
        import smtpd
except ImportError as missing:
    raise unittest.SkipTest("SKIPPED: this Python has no SMTP server (smtpd went with 3.12); a Python of 3.11 has one") from missing

DAG = """
dag: mail
params: {to: {type: string, default: team@example.com}}
tasks:
  tell:
    uses: notify.email
    retry: {attempts: 1}
    with:
      server: smtp://127.0.0.1:PORT
      encrypted: false
      from: millrace@example.com
      to: ["{{ .params.to }}"]
      cc: [chief@example.com]
      subject: "Umsätze sind geladen: {{ .run.dag }}"
      text: "Grüße.\\n.\\nEin Punkt allein beendet nichts."
      html: "<p>Grüße.</p>"
  short: {uses: notify.email, needs: [tell], with: {server: "smtp://127.0.0.1:PORT", encrypted: false, from: millrace@example.com, to: [team@example.com]}}
"""


class Mailbox(smtpd.SMTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), None, decode_data=False)
        self.port = self.socket.getsockname()[1]
        self.letters = []

    def process_message(self, peer, mailfrom, rcpttos, data, **_):
        if "nobody@example.com" in rcpttos:
            return "550 no such user"
        self.letters.append((mailfrom, rcpttos, email.message_from_bytes(data, policy=email.policy.default)))
        return None


class Mail(Case):
    def setUp(self):
        super().setUp()
        self.box = Mailbox()
        self.over = False
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        self.addCleanup(self.end)
        self.write("dags/mail.yaml", DAG.replace("PORT", str(self.box.port)))
        self.running = self.server()
        self.running.start()

    def serve(self):
        while not self.over:
            asyncore.loop(timeout=0.1, count=1)

    def end(self):
        self.over = True
        self.thread.join()
        asyncore.close_all()

    def test_a_letter_arrives_as_it_was_written(self):
        self.assertEqual(self.running.end_of(self.running.begin("mail"))["state"], "succeeded")
        (sender, receivers, letter), (_, _, short) = self.box.letters
        self.assertEqual((sender, receivers), ("millrace@example.com", ["team@example.com", "chief@example.com"]))
        self.assertEqual(letter["Subject"], "Umsätze sind geladen: mail")
        self.assertEqual(letter["To"], "team@example.com")
        self.assertEqual(letter["Cc"], "chief@example.com")
        self.assertIsNotNone(letter["Date"].datetime)
        self.assertEqual(letter.get_body(("plain",)).get_content().replace("\r\n", "\n").rstrip("\n"), "Grüße.\n.\nEin Punkt allein beendet nichts.")
        self.assertEqual(letter.get_body(("html",)).get_content().strip(), "<p>Grüße.</p>")
        self.assertIn("task short", short["Subject"])

    def test_a_refused_receiver_is_not_tried_again(self):
        run = self.running.begin("mail", params={"to": "nobody@example.com"})
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        error = self.running.task(run, "tell")["attempts"][-1]["error"]
        self.assertEqual((error["code"], error["class"]), ("E4053", "config"))
        self.assertIn("550", error["what"])


if __name__ == "__main__":
    unittest.main()
