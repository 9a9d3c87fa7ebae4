// Envelope: which members outside `properties` a type has, for who describes types.

export { type MemberRules, memberRules } from './body/envelope-members.ts';
