export {
  NOTIFY_EVENTS,
  NOTIFY_SECRET,
  isBudgetReason,
  isWebhookAddress,
  noticeSchema,
  notifyEventSchema,
  notifySettingsSchema,
  tellingOf,
  type NotificationResult,
  type Notice,
  type NotifyEvent,
  type NotifySettings,
} from './notification.js';
export { isProviderLimit, type LimitRule, type OnLimit } from '../run/limit-rule.js';
export { parseQuietHours, quietUntil } from './quiet-hours.js';
