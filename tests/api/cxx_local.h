/* SPDX-License-Identifier: MIT */
/* cxx_local.h - the interface between cxx_local.c and its plugins in C++. */
#pragma once

#include <stddef.h>

enum cxx_local_form {
	CXX_LOCAL_NEW,
	CXX_LOCAL_ARRAY,
	CXX_LOCAL_ALIGNED,
	CXX_LOCAL_ALIGNED_ARRAY,
	CXX_LOCAL_STRING,
	CXX_LOCAL_NOTHROW, /* this form and the later forms throw nothing */
	CXX_LOCAL_ARRAY_NOTHROW,
	CXX_LOCAL_ALIGNED_NOTHROW,
	CXX_LOCAL_ALIGNED_ARRAY_NOTHROW,
	CXX_LOCAL_FORMS
};

enum cxx_local_end {
	CXX_LOCAL_BLOCK,
	CXX_LOCAL_NULL,
	CXX_LOCAL_THROWN,
	CXX_LOCAL_STRANGE, /* an exception, but not the plugin's bad_alloc */
};

enum { CXX_LOCAL_CALLS = 3 }; /* of the plugin's new_handler */

#ifdef __cplusplus
extern "C" {
#endif

enum cxx_local_end cxx_local_try(enum cxx_local_form form, size_t bytes);
int cxx_local_handled(enum cxx_local_form form, size_t bytes);

#ifdef __cplusplus
}
#endif
