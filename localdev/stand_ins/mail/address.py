"""How the functions of the stack reach its mail server."""

MAIL_USER = "mail"  # whose password is derived from the secret of the stack
CERTIFICATE = "mail/certificate.pem"  # below the folder of keys
