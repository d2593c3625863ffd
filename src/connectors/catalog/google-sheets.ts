import { googleService } from '../providers/google.ts'

export const googleSheets = googleService(
  {
    id: 'google-sheets',
    name: 'Google Sheets',
    category: 'Productivity',
    description: 'Rows and cells of the spreadsheets of one Google account.',
    icon: 'googlesheets',
    popular: 3,
    keywords: ['google', 'spreadsheet', 'table'],
    api: { baseUrl: 'https://sheets.googleapis.com/v4', examplePath: '/spreadsheets/SPREADSHEET_ID' },
  },
  ['sheets.read', 'sheets.write', 'drive.picked'],
)
