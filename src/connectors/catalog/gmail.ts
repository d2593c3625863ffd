import { googleService } from '../providers/google.ts'

export const gmail = googleService(
  {
    id: 'gmail',
    name: 'Gmail',
    category: 'Communication',
    description: 'Send, read and organise the mail of one Google account.',
    icon: 'gmail',
    popular: 1,
    keywords: ['google', 'mail', 'e-mail', 'email'],
    tips: [
      'A new password of the account ends every grant that may read or send mail: plan to reconnect after one.',
      'All connections of one person through one app share a single grant: ending it at Google ends them all.',
      'Reading mail is a restricted scope: an External app needs Google’s verification and a yearly security review.',
    ],
    api: { baseUrl: 'https://gmail.googleapis.com/gmail/v1', examplePath: '/users/me/profile' },
  },
  ['gmail.send', 'gmail.read', 'gmail.organize'],
)
