// How the runner asks npx: with what is at hand where it will do, aloud although our .npmrc silences npm for the sake of
// `npm start`, and without the minutes npm would spend on a registry that does not answer.
export const npxArgs = ['--yes', '--prefer-offline'];

export const npxEnv = { ...process.env, npm_config_loglevel: 'error', npm_config_fetch_retry_maxtimeout: '10000' };
