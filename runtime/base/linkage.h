/* Declarations between these two are C's also where C++ includes them. */
#ifndef RL_LINKAGE_H
#define RL_LINKAGE_H

#ifdef __cplusplus
#define RL_C_BEGIN extern "C" {
#define RL_C_END   }
#else
#define RL_C_BEGIN
#define RL_C_END
#endif

#endif
