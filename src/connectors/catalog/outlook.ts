import { microsoftService } from '../providers/microsoft.ts'

export const outlook = microsoftService(
  {
    id: 'outlook',
    name: 'Outlook',
    category: 'Communication',
    description: 'Mail, calendar and contacts of one Microsoft account.',
    popular: 6,
    keywords: ['microsoft', 'mail', 'e-mail', 'exchange', 'hotmail', 'calendar'],
    examplePath: '/me/messages?$top=1',
  },
  ['mail.send', 'mail.read', 'mail.manage', 'calendar.read', 'calendar.write', 'contacts.read'],
)
