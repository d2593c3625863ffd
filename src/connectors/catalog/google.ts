import { googleService } from '../providers/google.ts'

export const google = googleService({
  id: 'google',
  name: 'Google (all)',
  category: 'Productivity',
  description: 'Gmail, Drive, Calendar, Sheets, Docs and more of one Google account, in one connection.',
  icon: 'google',
  keywords: ['workspace', 'gsuite', 'youtube', 'bigquery', 'analytics', 'contacts', 'tasks', 'forms'],
  api: {
    baseUrl: 'https://www.googleapis.com',
    otherOrigins: [
      'https://gmail.googleapis.com',
      'https://sheets.googleapis.com',
      'https://docs.googleapis.com',
      'https://people.googleapis.com',
      'https://tasks.googleapis.com',
      'https://forms.googleapis.com',
      'https://analyticsdata.googleapis.com',
      'https://bigquery.googleapis.com',
      'https://youtube.googleapis.com',
    ],
    examplePath: '/oauth2/v3/userinfo',
  },
})
