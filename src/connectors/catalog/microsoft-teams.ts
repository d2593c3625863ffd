import { microsoftService } from '../providers/microsoft.ts'

export const microsoftTeams = microsoftService(
  {
    id: 'microsoft-teams',
    name: 'Microsoft Teams',
    category: 'Communication',
    description: 'Channels and chats of one Microsoft 365 account.',
    popular: 13,
    keywords: ['chat', 'channels', 'messages'],
    examplePath: '/me/joinedTeams',
    tips: [
      'Reading channels needs an administrator’s approval; posting does not.',
      'Messages appear in the name of the person who connected: use an account made for the purpose.',
      'Client secrets expire: store the new one here before the old one ends.',
    ],
  },
  ['channels.post', 'channels.read', 'chats.send'],
)
