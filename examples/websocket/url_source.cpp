// The one translation unit in which the bodies of Boost.URL are compiled.
#include <boost/url/src.hpp>
