"""Django settings of sign-in that the environment does not change: local passwords, and the lockout."""

import datetime as dt

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# Five failed sign-ins to the admin lock a name out for 15 minutes, from that address only: nobody can lock out
# somebody else from elsewhere. Counted in the database, which all processes share.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
# Further attempts do not extend it.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "accounts.sign_in.lockout.account_name"
AXES_CLIENT_IP_CALLABLE = "rag_app.http.addresses.client_address"
AXES_LOCKOUT_CALLABLE = "accounts.sign_in.lockout.locked_out"
# Rows live for those 15 minutes: no list of who signed in when, and no form data.
AXES_DISABLE_ACCESS_LOG = True
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "code"]
AXES_ENABLE_ADMIN = False  # accounts/admin/failed_sign_ins.py has a page of its own
AXES_VERBOSE = False
