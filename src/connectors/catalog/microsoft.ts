import { microsoftService } from '../providers/microsoft.ts'

export const microsoft = microsoftService({
  id: 'microsoft',
  name: 'Microsoft 365 (all)',
  category: 'Productivity',
  description: 'Mail, calendar, files, sites, Teams and tasks of one Microsoft account, in one connection.',
  keywords: ['office', 'graph', 'entra', 'onenote', 'planner', 'to do'],
})
