/** In which header a request says who the gateway vouches for. Clients cannot send it. */
export const identityHeader = 'tutti-identity';

/** What kind of token it is, so that no other one of the same key is taken for it (RFC 8725, section 3.11). */
export const identityType = 'tutti-identity+jwt';
