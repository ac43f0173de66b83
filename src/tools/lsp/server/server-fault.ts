/** Why a server could not answer, in words for a model. */
export class ServerFault extends Error {}
