import { googleService } from '../providers/google.ts'

export const googleCalendar = googleService(
  {
    id: 'google-calendar',
    name: 'Google Calendar',
    category: 'Productivity',
    description: 'Calendars and events of one Google account.',
    icon: 'googlecalendar',
    popular: 5,
    keywords: ['google', 'events', 'meetings', 'gcal'],
    api: { baseUrl: 'https://www.googleapis.com/calendar/v3', examplePath: '/users/me/calendarList' },
  },
  ['calendar.read', 'calendar.events'],
)
