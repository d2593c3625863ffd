import { googleService } from '../providers/google.ts'

export const googleDocs = googleService(
  {
    id: 'google-docs',
    name: 'Google Docs',
    category: 'Productivity',
    description: 'Text documents of one Google account.',
    icon: 'googledocs',
    keywords: ['google', 'document', 'writing'],
    api: { baseUrl: 'https://docs.googleapis.com/v1', examplePath: '/documents/DOCUMENT_ID' },
  },
  ['docs.write', 'drive.picked'],
)
