// One handle of libcurl's, with what it keeps pointers to.

package import CCurl

/// A handle; it, the lists that it was given and its text of an error live as long as this.
package final class CurlEasy {
    /// For the calls of libcurl.
    package let handle: UnsafeMutableRawPointer
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    /// nil: libcurl has no memory for it.
    package init?() {
        guard let handle = curl_easy_init() else { return nil }
        self.handle = handle
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
    }

    deinit {
        curl_easy_cleanup(handle)
        for list in lists { curl_slist_free_all(list) }
        errorText.deallocate()
    }

    /// Sets a number.
    package func set(_ option: CURLoption, _ value: Int) {
        ccurl_set_long(handle, option, value)
    }

    /// Sets a text, which libcurl copies.
    package func set(_ option: CURLoption, _ text: String) {
        ccurl_set_text(handle, option, text)
    }

    /// Sets a list; an empty one sets nothing.
    package func set(_ option: CURLoption, _ lines: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines { list = curl_slist_append(list, line) }
        guard let list else { return }
        lists.append(list)
        ccurl_set_list(handle, option, list)
    }

    /// What went wrong, in the words of this transfer, or else of the code.
    package func text(of code: CURLcode) -> String {
        let own = String(cString: errorText)
        return own.isEmpty ? String(cString: curl_easy_strerror(code)) : own
    }
}
