"""The models, one file for each table."""

from db.models.api_keys import ApiKey
from db.models.appointment_moves import AppointmentMove
from db.models.appointments import Appointment
from db.models.audit_logs import AuditLog
from db.models.beat_lease import BeatLease
from db.models.calendar_authorizations import CalendarAuthorization
from db.models.calendar_bookings import CalendarBooking, CalendarHold
from db.models.calendars import Calendar
from db.models.conversations import Conversation
from db.models.customers import Customer
from db.models.events import Event
from db.models.idempotency_records import IdempotencyRecord
from db.models.job_days import JobDay
from db.models.job_runs import JobRun
from db.models.join_requests import JoinRequest
from db.models.messages import Message
from db.models.notifications import Notification
from db.models.otp_codes import OtpCode
from db.models.payments import Payment
from db.models.pending_tasks import PendingTask, SettledTask
from db.models.performers import Performer
from db.models.reconciled import Reconciled
from db.models.record import ModelRecord
from db.models.refunds import Refund
from db.models.running_processes import RunningProcess
from db.models.services import PerformerService, Service
from db.models.shop_texts import ShopText
from db.models.shops import Shop
from db.models.sign_in_limits import SignInLimit
from db.models.slot_choices import SlotChoice
from db.models.slot_offers import SlotOffer
from db.models.slot_openings import SlotOpening
from db.models.staff import Staff
from db.models.staff_invitations import StaffInvitation
from db.models.staff_sessions import StaffSession
from db.models.suppressions import Suppression
from db.models.usable_channels import UsableChannel
from db.models.waitlist_entries import WaitlistEntry
from db.models.webhook_deliveries import WebhookDelivery
from db.models.webhook_endpoints import WebhookEndpoint
from db.models.webhook_events import WebhookEvent

__all__ = [
    "ApiKey",
    "Appointment",
    "AppointmentMove",
    "AuditLog",
    "BeatLease",
    "Calendar",
    "CalendarAuthorization",
    "CalendarBooking",
    "CalendarHold",
    "Conversation",
    "Customer",
    "Event",
    "IdempotencyRecord",
    "JobDay",
    "JobRun",
    "JoinRequest",
    "Message",
    "ModelRecord",
    "Notification",
    "OtpCode",
    "Payment",
    "PendingTask",
    "Performer",
    "PerformerService",
    "Reconciled",
    "Refund",
    "RunningProcess",
    "Service",
    "SettledTask",
    "Shop",
    "ShopText",
    "SignInLimit",
    "SlotChoice",
    "SlotOffer",
    "SlotOpening",
    "Staff",
    "StaffInvitation",
    "StaffSession",
    "Suppression",
    "UsableChannel",
    "WaitlistEntry",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
