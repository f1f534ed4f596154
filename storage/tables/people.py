"""Organisations and their people: units, users, roles, posts, log-in names, sessions."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
)

from storage.sealed_types import SealedText
from storage.tables.base import metadata
from storage.types import Instant, Json

# An organisation of the tree (county, towns, villages, bureaus); it follows one profile.
organisation = Table(
    "organisation",
    metadata,
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False, unique=True),  # used in petition numbers: FWZX-2026-V-0001
    Column("name", Text, nullable=False),
    Column("parent_id", Text),
    Column("profile", Text, nullable=False),
    Column("overlay", Boolean),  # national_2022; None: as the profile says
    Column("parameters", Json, nullable=False),  # the organisation's own values, over those of the profile
    Column("roll", Boolean),  # calendar_roll or calendar; None: as the profile says
    Column("day_end", Text),  # "17:30:00"; None: as the profile says
    Column("version", Text, nullable=False),  # another with every change of profile or calendar
    Column("created_at", Instant, nullable=False),
)

# A unit of the organisation, or one outside that matters are transferred to (`outside`).
unit = Table(
    "unit",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),  # the key of the routing catalogue where there is one
    Column("name", Text, nullable=False),
    Column("parent_id", Text),
    Column("outside", Boolean, nullable=False),
    Column("head_id", Text),
    Column("matters", Json, nullable=False),  # words by which a matter is routed here
    Column("position", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_unit__parent", "org_id", "parent_id"),
)

# A person who works here. The password stays in `login`.
user = Table(
    "office_user",  # `user` is a reserved word of PostgreSQL
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("login", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("title", Text),
    Column("unit_id", Text),
    Column("superior_id", Text),  # None: the head of the unit, or of the unit above
    Column("phone", Text),
    Column("email", Text),
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_office_user__unit", "org_id", "unit_id"),
    Index("ix_office_user__login", "login"),
)

# A role of a user: everywhere in the organisation (`unit_id` empty) or for one unit.
user_role = Table(
    "user_role",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("unit_id", Text, nullable=False),  # "" = everywhere
    PrimaryKeyConstraint("org_id", "user_id", "role", "unit_id"),
    Index("ix_user_role__role", "org_id", "role", "unit_id"),
)

# A post with its A and its B (R05): two different people.
post = Table(
    "post",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("a_id", Text, nullable=False),
    Column("b_id", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    PrimaryKeyConstraint("org_id", "id"),
    CheckConstraint("a_id <> b_id", name="two_people"),
    Index("ix_post__unit", "org_id", "unit_id"),
)

# When a person is not at the post: an approved leave or errand (`case_id`, R16), or entered by hand (illness).
# The other holder of the person's posts stands in, unless `stand_in_id` names who does (R05).
absence = Table(
    "absence",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant, nullable=False),  # not included
    Column("reason", Text, nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("entered_by", Text),
    Column("ended_at", Instant),  # came back earlier, or did not leave at all
    Column("ended_by", Text),
    Column("case_id", Text),  # the application by which the leave was granted; None: entered by hand
    Column("stand_in_id", Text),  # who stands in for all of the person's work while this absence lasts
    PrimaryKeyConstraint("org_id", "id"),
    CheckConstraint("from_at < to_at", name="some_time"),
    Index("ix_absence__user", "org_id", "user_id", "to_at"),
    Index("ix_absence__stand_in", "org_id", "stand_in_id", "to_at"),
    Index("ix_absence__case", "org_id", "case_id"),
)

# What was changed of the office itself: posts, units, settings, days of the calendar. Append-only.
office_log = Table(
    "office_log",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text),
    Column("subject", Text, nullable=False),  # see office.office_log
    Column("subject_id", Text),
    Column("act", Text, nullable=False),
    Column("old", Json),
    Column("new", Json),
    Column("reason", Text),
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_office_log__at", "org_id", "at"),
)

# Names by which people log in: one name space for the whole installation.
login = Table(
    "login",
    metadata,
    Column("login", Text, primary_key=True),
    Column("org_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("password_hash", SealedText, nullable=False),  # argon2id; without the key file no password can be tried
    Column("must_change", Boolean, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index("ix_login__user", "org_id", "user_id", unique=True),
)

# Failed attempts by the hash of the name that was typed, whether it exists or not.
login_failure = Table(
    "login_failure",
    metadata,
    Column("name_hash", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("locked_until", Instant),
    Index("ix_login_failure__last", "last_at"),
)

# A logged-in browser, by the hash of its token.
session = Table(
    "session",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("org_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("source", Text),  # network address that logged in
    Column("method", Text),  # openid | ldap; None: password
    Index("ix_session__user", "org_id", "user_id"),
    Index("ix_session__expires", "expires_at"),
)

# What an organisation wants of its accounts and its storage; without a row, what the program says.
safety = Table(
    "safety",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("second_factor", Text, nullable=False),  # who must have one: own | admins | all
    Column("verify_user", Boolean, nullable=False, server_default=false()),  # security keys ask for a PIN or a finger
    Column("session_hours", Integer, nullable=False, server_default="24"),
    Column("idle_minutes", Integer, nullable=False, server_default="480"),
    Column("case_megabytes", Integer, nullable=False),  # of the files of a case
    Column("person_megabytes", Integer, nullable=False),  # handed in by one person in 24 hours
    Column("org_megabytes", Integer, nullable=False),
)

# Who logged in, and who tried with the name of somebody who is here.
log_in = Table(
    "log_in",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("outcome", Text, nullable=False),  # in | password | code | key
    Column("method", Text),  # openid | ldap; None: password
    Column("source", Text),  # network address
    Column("agent", Text),  # what the browser said of itself
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_log_in__user", "org_id", "user_id", "at"),
    Index("ix_log_in__at", "at"),
)

# The second factor of a log-in: TOTP (RFC 6238), which counts once `confirmed_at` is set, and the recovery codes, which
# stand in for it and for security keys.
second_factor = Table(
    "second_factor",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("secret", SealedText),  # base32; None: there are security keys only
    Column("recovery", Json, nullable=False),  # hashes of the recovery codes that are left
    Column("last_step", Integer, nullable=False),  # the newest 30 seconds whose code was used: no code works twice
    Column("begun_at", Instant, nullable=False),
    Column("confirmed_at", Instant),
    PrimaryKeyConstraint("org_id", "user_id"),
)

# Security keys (FIDO2, WebAuthn), each a second factor.
security_key = Table(
    "security_key",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("name", Text, nullable=False),  # what its owner calls it
    Column("credential_id", Text, nullable=False),  # base64url
    Column("public_key", Text, nullable=False),  # COSE, base64url
    Column("sign_count", BigInteger, nullable=False),  # 32 bits, unsigned
    Column("transports", Json, nullable=False),  # usb, nfc, ...
    Column("added_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("blocked_at", Instant),  # its count went backwards: there may be a copy
    PrimaryKeyConstraint("org_id", "id"),
    Index("ix_security_key__user", "org_id", "user_id"),
    Index("ix_security_key__credential", "credential_id", unique=True),
)

# What a key was asked and has not answered, by the hash of it.
key_challenge = Table(
    "key_challenge",
    metadata,
    Column("challenge_hash", Text, primary_key=True),
    Column("org_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),  # enrol | login
    Column("expires_at", Instant, nullable=False),
    Index("ix_key_challenge__expires", "expires_at"),
)

# By which account of a sign-in service (OpenID Connect: issuer and subject) a person is known.
external_login = Table(
    "external_login",
    metadata,
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("org_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("linked_at", Instant, nullable=False),
    PrimaryKeyConstraint("issuer", "subject"),
    Index("ix_external_login__user", "org_id", "user_id", "issuer", unique=True),
)

# A sign-in that has gone to the service and is waited for. Whoever is known from it is still asked for a code.
sign_in = Table(
    "sign_in",
    metadata,
    Column("browser_hash", Text, primary_key=True),  # of the cookie: an answer counts only in the browser that asked
    Column("state_hash", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", SealedText, nullable=False),  # of PKCE
    Column("next", Text, nullable=False),  # where to go in the app
    Column("link", Boolean, nullable=False),  # to tie the account to `user_id`, who is logged in
    Column("answered", Boolean, nullable=False),  # the service has answered: no answer counts twice
    Column("org_id", Text),
    Column("user_id", Text),
    Column("expires_at", Instant, nullable=False),
    Index("ix_sign_in__expires", "expires_at"),
)
