"""The catalogue: one frozen `Provider` for each service, loaded when it is first used.

Type checkers see every name, so that a misspelt one is an error before the program runs. The modules
are called ``_name.py`` because a submodule of the value's own name would take its place on import.
"""

from __future__ import annotations

from importlib import import_module

from hookkit.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from hookkit.facts import Facts
    from hookkit.provider import Provider
    from hookkit.providers._adyen import adyen as adyen
    from hookkit.providers._adyen_platform import adyen_platform as adyen_platform
    from hookkit.providers._aftership import aftership as aftership
    from hookkit.providers._agora import agora as agora
    from hookkit.providers._airtable import airtable as airtable
    from hookkit.providers._alchemy import alchemy as alchemy
    from hookkit.providers._alertmanager import alertmanager as alertmanager
    from hookkit.providers._alipay import alipay as alipay
    from hookkit.providers._anthropic import anthropic as anthropic
    from hookkit.providers._apple_app_store import apple_app_store as apple_app_store
    from hookkit.providers._asana import asana as asana
    from hookkit.providers._atlassian_connect import atlassian_connect as atlassian_connect
    from hookkit.providers._auth0_log_stream import auth0_log_stream as auth0_log_stream
    from hookkit.providers._authorize_net import authorize_net as authorize_net
    from hookkit.providers._azure_event_grid import azure_event_grid as azure_event_grid
    from hookkit.providers._basic import basic as basic
    from hookkit.providers._bearer import bearer as bearer
    from hookkit.providers._bigcommerce import bigcommerce as bigcommerce
    from hookkit.providers._bird import bird as bird
    from hookkit.providers._bitbucket_cloud import bitbucket_cloud as bitbucket_cloud
    from hookkit.providers._box import box as box
    from hookkit.providers._braintree import braintree as braintree
    from hookkit.providers._brevo import brevo as brevo
    from hookkit.providers._btcpay import btcpay as btcpay
    from hookkit.providers._buildkite import buildkite as buildkite
    from hookkit.providers._cal_com import cal_com as cal_com
    from hookkit.providers._calendly import calendly as calendly
    from hookkit.providers._chargebee import chargebee as chargebee
    from hookkit.providers._checkout_com import checkout_com as checkout_com
    from hookkit.providers._checkr import checkr as checkr
    from hookkit.providers._circle import circle as circle
    from hookkit.providers._circleci import circleci as circleci
    from hookkit.providers._clerk import clerk as clerk
    from hookkit.providers._clickup import clickup as clickup
    from hookkit.providers._close import close as close
    from hookkit.providers._cloudevents import cloudevents as cloudevents
    from hookkit.providers._cloudinary import cloudinary as cloudinary
    from hookkit.providers._coinbase_commerce import coinbase_commerce as coinbase_commerce
    from hookkit.providers._contentful import contentful as contentful
    from hookkit.providers._customerio import customerio as customerio
    from hookkit.providers._datadog import datadog as datadog
    from hookkit.providers._discord import discord as discord
    from hookkit.providers._docker_hub import docker_hub as docker_hub
    from hookkit.providers._docker_registry import docker_registry as docker_registry
    from hookkit.providers._docusign import docusign as docusign
    from hookkit.providers._dropbox import dropbox as dropbox
    from hookkit.providers._dropbox_sign import dropbox_sign as dropbox_sign
    from hookkit.providers._easypost import easypost as easypost
    from hookkit.providers._ebay import ebay as ebay
    from hookkit.providers._ecwid import ecwid as ecwid
    from hookkit.providers._elevenlabs import elevenlabs as elevenlabs
    from hookkit.providers._fal import fal as fal
    from hookkit.providers._figma import figma as figma
    from hookkit.providers._fireblocks import fireblocks as fireblocks
    from hookkit.providers._flutterwave import flutterwave as flutterwave
    from hookkit.providers._flutterwave_v4 import flutterwave_v4 as flutterwave_v4
    from hookkit.providers._front import front as front
    from hookkit.providers._fusionauth import fusionauth as fusionauth
    from hookkit.providers._ghost import ghost as ghost
    from hookkit.providers._gitea import gitea as gitea
    from hookkit.providers._github import github as github
    from hookkit.providers._gitlab import gitlab as gitlab
    from hookkit.providers._gitlab_token import gitlab_token as gitlab_token
    from hookkit.providers._gocardless import gocardless as gocardless
    from hookkit.providers._google_pubsub import google_pubsub as google_pubsub
    from hookkit.providers._grafana import grafana as grafana
    from hookkit.providers._hcp_terraform import hcp_terraform as hcp_terraform
    from hookkit.providers._help_scout import help_scout as help_scout
    from hookkit.providers._heroku import heroku as heroku
    from hookkit.providers._hubspot import hubspot as hubspot
    from hookkit.providers._hubspot_v1 import hubspot_v1 as hubspot_v1
    from hookkit.providers._hubspot_v2 import hubspot_v2 as hubspot_v2
    from hookkit.providers._hygraph import hygraph as hygraph
    from hookkit.providers._inngest import inngest as inngest
    from hookkit.providers._intercom import intercom as intercom
    from hookkit.providers._jfrog import jfrog as jfrog
    from hookkit.providers._jira_webhook import jira_webhook as jira_webhook
    from hookkit.providers._kinde import kinde as kinde
    from hookkit.providers._lark import lark as lark
    from hookkit.providers._launchdarkly import launchdarkly as launchdarkly
    from hookkit.providers._lemonsqueezy import lemonsqueezy as lemonsqueezy
    from hookkit.providers._line import line as line
    from hookkit.providers._linear import linear as linear
    from hookkit.providers._lithic import lithic as lithic
    from hookkit.providers._livekit import livekit as livekit
    from hookkit.providers._mailchimp import mailchimp as mailchimp
    from hookkit.providers._mailersend import mailersend as mailersend
    from hookkit.providers._mailgun import mailgun as mailgun
    from hookkit.providers._mailjet import mailjet as mailjet
    from hookkit.providers._mailtrap import mailtrap as mailtrap
    from hookkit.providers._mandrill import mandrill as mandrill
    from hookkit.providers._maxio import maxio as maxio
    from hookkit.providers._mercadopago import mercadopago as mercadopago
    from hookkit.providers._messagebird import messagebird as messagebird
    from hookkit.providers._meta import meta as meta
    from hookkit.providers._microsoft_graph import microsoft_graph as microsoft_graph
    from hookkit.providers._modern_treasury import modern_treasury as modern_treasury
    from hookkit.providers._mollie import mollie as mollie
    from hookkit.providers._mollie_next import mollie_next as mollie_next
    from hookkit.providers._monday import monday as monday
    from hookkit.providers._moralis import moralis as moralis
    from hookkit.providers._mux import mux as mux
    from hookkit.providers._netlify import netlify as netlify
    from hookkit.providers._newrelic import newrelic as newrelic
    from hookkit.providers._notion import notion as notion
    from hookkit.providers._nowpayments import nowpayments as nowpayments
    from hookkit.providers._okta_event_hook import okta_event_hook as okta_event_hook
    from hookkit.providers._onfido import onfido as onfido
    from hookkit.providers._onfleet import onfleet as onfleet
    from hookkit.providers._openai import openai as openai
    from hookkit.providers._paddle import paddle as paddle
    from hookkit.providers._paddle_classic import paddle_classic as paddle_classic
    from hookkit.providers._pagerduty import pagerduty as pagerduty
    from hookkit.providers._patreon import patreon as patreon
    from hookkit.providers._paypal import paypal as paypal
    from hookkit.providers._paystack import paystack as paystack
    from hookkit.providers._payu import payu as payu
    from hookkit.providers._persona import persona as persona
    from hookkit.providers._plaid import plaid as plaid
    from hookkit.providers._plain import plain as plain
    from hookkit.providers._plivo import plivo as plivo
    from hookkit.providers._polar import polar as polar
    from hookkit.providers._postmark import postmark as postmark
    from hookkit.providers._pulumi import pulumi as pulumi
    from hookkit.providers._pusher import pusher as pusher
    from hookkit.providers._qstash import qstash as qstash
    from hookkit.providers._query_token import query_token as query_token
    from hookkit.providers._quicknode import quicknode as quicknode
    from hookkit.providers._rapyd import rapyd as rapyd
    from hookkit.providers._razorpay import razorpay as razorpay
    from hookkit.providers._recurly import recurly as recurly
    from hookkit.providers._replicate import replicate as replicate
    from hookkit.providers._resend import resend as resend
    from hookkit.providers._retell import retell as retell
    from hookkit.providers._revenuecat import revenuecat as revenuecat
    from hookkit.providers._revolut import revolut as revolut
    from hookkit.providers._rfc9421 import rfc9421 as rfc9421
    from hookkit.providers._sanity import sanity as sanity
    from hookkit.providers._sendbird import sendbird as sendbird
    from hookkit.providers._sendgrid import sendgrid as sendgrid
    from hookkit.providers._sentry import sentry as sentry
    from hookkit.providers._shopify import shopify as shopify
    from hookkit.providers._slack import slack as slack
    from hookkit.providers._smartcar import smartcar as smartcar
    from hookkit.providers._sns import sns as sns
    from hookkit.providers._snyk import snyk as snyk
    from hookkit.providers._sonarqube import sonarqube as sonarqube
    from hookkit.providers._sparkpost import sparkpost as sparkpost
    from hookkit.providers._square import square as square
    from hookkit.providers._squarespace import squarespace as squarespace
    from hookkit.providers._standardwebhooks import standardwebhooks as standardwebhooks
    from hookkit.providers._standardwebhooks_v1a import standardwebhooks_v1a as standardwebhooks_v1a
    from hookkit.providers._stream import stream as stream
    from hookkit.providers._stripe import stripe as stripe
    from hookkit.providers._sumsub import sumsub as sumsub
    from hookkit.providers._supabase_auth import supabase_auth as supabase_auth
    from hookkit.providers._svix import svix as svix
    from hookkit.providers._telegram import telegram as telegram
    from hookkit.providers._telnyx import telnyx as telnyx
    from hookkit.providers._tenderly import tenderly as tenderly
    from hookkit.providers._token import token as token
    from hookkit.providers._travis_ci import travis_ci as travis_ci
    from hookkit.providers._trello import trello as trello
    from hookkit.providers._twilio import twilio as twilio
    from hookkit.providers._twitch import twitch as twitch
    from hookkit.providers._typeform import typeform as typeform
    from hookkit.providers._unit import unit as unit
    from hookkit.providers._uploadcare import uploadcare as uploadcare
    from hookkit.providers._vercel import vercel as vercel
    from hookkit.providers._veriff import veriff as veriff
    from hookkit.providers._viber import viber as viber
    from hookkit.providers._vonage import vonage as vonage
    from hookkit.providers._webflow import webflow as webflow
    from hookkit.providers._wechat import wechat as wechat
    from hookkit.providers._wechat_pay import wechat_pay as wechat_pay
    from hookkit.providers._wise import wise as wise
    from hookkit.providers._wix import wix as wix
    from hookkit.providers._woocommerce import woocommerce as woocommerce
    from hookkit.providers._workos import workos as workos
    from hookkit.providers._worldpay import worldpay as worldpay
    from hookkit.providers._x_twitter import x_twitter as x_twitter
    from hookkit.providers._xero import xero as xero
    from hookkit.providers._zapier import zapier as zapier
    from hookkit.providers._zendesk import zendesk as zendesk
    from hookkit.providers._zoom import zoom as zoom

__all__ = [
    "adyen",
    "adyen_platform",
    "aftership",
    "agora",
    "airtable",
    "alchemy",
    "alertmanager",
    "alipay",
    "anthropic",
    "apple_app_store",
    "asana",
    "atlassian_connect",
    "auth0_log_stream",
    "authorize_net",
    "azure_event_grid",
    "basic",
    "bearer",
    "bigcommerce",
    "bird",
    "bitbucket_cloud",
    "box",
    "braintree",
    "brevo",
    "btcpay",
    "buildkite",
    "cal_com",
    "calendly",
    "catalogue",
    "chargebee",
    "checkout_com",
    "checkr",
    "circle",
    "circleci",
    "clerk",
    "clickup",
    "close",
    "cloudevents",
    "cloudinary",
    "coinbase_commerce",
    "contentful",
    "customerio",
    "datadog",
    "discord",
    "docker_hub",
    "docker_registry",
    "docusign",
    "dropbox",
    "dropbox_sign",
    "easypost",
    "ebay",
    "ecwid",
    "elevenlabs",
    "fal",
    "figma",
    "fireblocks",
    "flutterwave",
    "flutterwave_v4",
    "front",
    "fusionauth",
    "ghost",
    "gitea",
    "github",
    "gitlab",
    "gitlab_token",
    "gocardless",
    "google_pubsub",
    "grafana",
    "hcp_terraform",
    "help_scout",
    "heroku",
    "hubspot",
    "hubspot_v1",
    "hubspot_v2",
    "hygraph",
    "inngest",
    "intercom",
    "jfrog",
    "jira_webhook",
    "kinde",
    "lark",
    "launchdarkly",
    "lemonsqueezy",
    "line",
    "linear",
    "lithic",
    "livekit",
    "mailchimp",
    "mailersend",
    "mailgun",
    "mailjet",
    "mailtrap",
    "mandrill",
    "maxio",
    "mercadopago",
    "messagebird",
    "meta",
    "microsoft_graph",
    "modern_treasury",
    "mollie",
    "mollie_next",
    "monday",
    "moralis",
    "mux",
    "names",
    "netlify",
    "newrelic",
    "notion",
    "nowpayments",
    "okta_event_hook",
    "onfido",
    "onfleet",
    "openai",
    "paddle",
    "paddle_classic",
    "pagerduty",
    "patreon",
    "paypal",
    "paystack",
    "payu",
    "persona",
    "plaid",
    "plain",
    "plivo",
    "polar",
    "postmark",
    "pulumi",
    "pusher",
    "qstash",
    "query_token",
    "quicknode",
    "rapyd",
    "razorpay",
    "recurly",
    "replicate",
    "resend",
    "retell",
    "revenuecat",
    "revolut",
    "rfc9421",
    "sanity",
    "sendbird",
    "sendgrid",
    "sentry",
    "shopify",
    "signature_headers",
    "slack",
    "smartcar",
    "sns",
    "snyk",
    "sonarqube",
    "sparkpost",
    "square",
    "squarespace",
    "standardwebhooks",
    "standardwebhooks_v1a",
    "stream",
    "stripe",
    "sumsub",
    "supabase_auth",
    "svix",
    "telegram",
    "telnyx",
    "tenderly",
    "token",
    "travis_ci",
    "trello",
    "twilio",
    "twitch",
    "typeform",
    "unit",
    "uploadcare",
    "vercel",
    "veriff",
    "viber",
    "vonage",
    "webflow",
    "wechat",
    "wechat_pay",
    "wise",
    "wix",
    "woocommerce",
    "workos",
    "worldpay",
    "x_twitter",
    "xero",
    "zapier",
    "zendesk",
    "zoom",
]

_NAMES = tuple(name for name in __all__ if name not in ("catalogue", "names", "signature_headers"))


def names() -> tuple[str, ...]:
    """The names of all providers, sorted."""
    return _NAMES


def catalogue() -> tuple[Facts, ...]:
    """What is known of each provider, in words, sorted by name. Loads every provider."""
    from hookkit.facts import facts_of  # only those who print need it

    return tuple(facts_of(_load(name)) for name in _NAMES)


def signature_headers() -> dict[str, str]:
    """Header that carries the credential, to those who send it, in words. Loads every provider."""
    senders: dict[str, list[str]] = {}
    for provider in map(_load, _NAMES):
        header = provider.scheme.header
        if header and header != "Authorization":
            senders.setdefault(header, []).append(provider.display or provider.name)
    return {header: _either(names) for header, names in senders.items()}


def _either(names: list[str]) -> str:
    most = 3
    return " or ".join([*names[:most], *(["others"] if len(names) > most else [])])


def _load(name: str) -> Provider:
    provider: Provider = getattr(import_module(f"hookkit.providers._{name}"), name)
    return provider


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Provider:
        if name not in _NAMES:
            from difflib import get_close_matches

            # Tools ask for names such as __wrapped__ often, and nobody has mistyped those.
            near = [] if name.startswith("_") else get_close_matches(name, _NAMES, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise AttributeError(f"there is no provider {name!r}{hint}", name=name, obj=None)
        value = globals()[name] = _load(name)
        return value

    def __dir__() -> list[str]:
        return sorted(__all__)
